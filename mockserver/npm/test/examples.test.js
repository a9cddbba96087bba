// The examples, as their package.json scripts run them.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, npmRun, shell, signup, start, succeeds } from './programs.js';

/** A port that nobody has, below those that systems give to programs that ask for any. */
const freePort = () =>
  new Promise((resolve, reject) => {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer().listen(port, 'localhost', () => server.close(() => resolve(port)));
    server.on('error', (error) => (error.code === 'EADDRINUSE' ? resolve(freePort()) : reject(error)));
  });

test('the versions that the examples name are those that are tested', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const example of readdirSync(join(folder, 'examples'))) {
    const manifest = JSON.parse(readFileSync(join(folder, 'examples', example, 'package.json'), 'utf8'));
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      if (!name.startsWith('@connectmypairs/')) assert.equal(version, devDependencies[name], `${name} in ${example}`);
    }
  }
});

test('Vitest, with the handler and with the server', async () => {
  assert.match(await succeeds(npmRun('test')), /7 passed/);
});

test('Vitest: the gate over all workers', async () => {
  const { code, stdout, stderr } = await npmRun('test', 'src/server.test.ts', '--testNamePattern=free').ended;
  assert.equal(code, 1, 'one test meets not all answers');
  assert.match(stdout + stderr, /no test has met 400, 403, 409; the run requires 201, 400, 403, 409/);
});

test("the page's own mock is proved by the suite", async () => {
  assert.match(await succeeds(npmRun('prove', '--privacy', 'Private', '--require-all')), /^CONFORMANT/);
});

test('the dev server over HTTPS, with the mock behind it', async () => {
  const { child, ended } = start(
    process.execPath,
    [join(folder, 'node_modules', 'vite', 'bin', 'vite.js'), '--mode', 'https', '--port', String(await freePort())],
    { cwd: signup, env: { ...process.env, NO_COLOR: '1' } },
  );
  let output = '';
  const dashboard = await new Promise((resolve) =>
    child.stdout.on('data', (text) => {
      output += text;
      const found = /Mock: +(https:\S+)/.exec(output);
      if (found) resolve(found[1]);
    }),
  );
  const status = (path, method, headers) =>
    new Promise((resolve, reject) => {
      request(new URL(path, dashboard), { method, headers, rejectUnauthorized: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
  const { origin } = new URL(dashboard);
  assert.equal(await status('/', 'GET', { Accept: 'text/html' }), 200);
  assert.equal(await status('/connectmypairs/users/', 'POST', { Username: 'alice', Origin: origin }), 409);
  assert.equal(await status('/__mock/', 'GET', {}), 200);
  assert.equal(await status('/__mock/reset', 'POST', { Origin: origin, 'Sec-Fetch-Site': 'same-origin' }), 204);
  child.kill();
  await ended;
});

if (process.env.CHROMIUM) {
  test('Playwright: three workers, and the gate over all of them', async () => {
    const env = { ...process.env, PORT: String(await freePort()), CI: '' };
    const all = start('npm', ['run', '--silent', 'test:e2e'], { cwd: signup, env, shell });
    assert.match(await succeeds(all), /5 passed/);
    const one = ['playwright', 'test', '--grep=free.name', '--workers=1'];
    const { code, stdout, stderr } = await start('npx', one, { cwd: signup, env, shell }).ended;
    assert.equal(code, 1, 'one test meets not all answers');
    assert.match(stdout + stderr, /no test has met 400, 403, 409; the run requires 201, 400, 403, 409/);
  });
}
