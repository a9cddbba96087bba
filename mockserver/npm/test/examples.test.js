// The examples, as their package.json scripts run them.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { folder, start } from './programs.js';

const signup = join(folder, 'examples', 'signup');
const shell = process.platform === 'win32';
const npmRun = (script, ...args) => start('npm', ['run', '--silent', script, ...args.length ? ['--', ...args] : []], { cwd: signup, shell });
const succeeds = async ({ ended }) => {
  const { code, stdout, stderr } = await ended;
  assert.equal(code, 0, stdout + stderr);
  return stdout;
};
const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, 'localhost', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
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

test('tsc --strict over the example and every export', async () => {
  await succeeds(start(process.execPath, [join(folder, 'node_modules', 'typescript', 'bin', 'tsc'), '--project', 'test']));
});

test('Vitest, with the handler and with the server', async () => {
  assert.match(await succeeds(npmRun('test')), /7 passed/);
});

test('the page\'s own mock is proved by the suite', async () => {
  assert.match(await succeeds(npmRun('prove', '--privacy', 'Private', '--require-all')), /^CONFORMANT/);
});

test('the dev server over HTTPS, with the mock behind it', async () => {
  const { child, ended } = start(process.execPath, [join(folder, 'node_modules', 'vite', 'bin', 'vite.js'), '--mode', 'https', '--port', String(await freePort())],
    { cwd: signup, env: { ...process.env, NO_COLOR: '1' } });
  let output = '';
  const dashboard = await new Promise((resolve) => child.stdout.on('data', (text) => {
    output += text;
    const found = /Mock: +(https:\S+)/.exec(output);
    if (found) resolve(found[1]);
  }));
  const { request } = await import('node:https');
  const status = (path, method, headers) => new Promise((resolve, reject) => {
    request(new URL(path, dashboard), { method, headers, rejectUnauthorized: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on('error', reject).end();
  });
  const { origin } = new URL(dashboard);
  assert.equal(await status('/', 'GET', { Accept: 'text/html' }), 200);
  assert.equal(await status('/connectmypairs/users/', 'POST', { Username: 'alice', Origin: origin }), 409);
  assert.equal(await status('/__mock/', 'GET', {}), 200);
  assert.equal(await status('/__mock/reset', 'POST', { Origin: origin, 'Sec-Fetch-Site': 'same-origin' }), 204);
  child.kill();
  await ended;
});

const { CHROMIUM, FIREFOX } = process.env;
if (CHROMIUM) {
  test('Playwright: three workers, and the gate over all of them', async () => {
    const env = { ...process.env, PORT: String(await freePort()), CI: '' };
    const playwright = (...args) => start('npm', ['run', '--silent', 'test:e2e', '--', ...args], { cwd: signup, env, shell });
    assert.match(await succeeds(playwright()), /10 passed/);
    const { code, stdout, stderr } = await playwright('--grep', 'free name').ended;
    assert.equal(code, 1, 'one test meets not all answers');
    assert.match(stdout + stderr, /no test has met 400, 403, 409; the run requires 201, 400, 403, 409/);
  });
}
if (CHROMIUM || FIREFOX) {
  describe('a built page with no server beside it, which mocks in a service worker', () => {
    before(() => succeeds(npmRun('build:static')));
    const headless = {
      CHROMIUM: (url, profile) => start(CHROMIUM, ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
        '--disable-background-networking', '--no-first-run', `--user-data-dir=${profile}`, '--remote-debugging-port=0', url]),
      FIREFOX: (url, profile) => start(FIREFOX, ['--headless', '--no-remote', '--profile', profile, url]),
    };
    for (const [name, open] of Object.entries(headless).filter(([name]) => process.env[name])) {
      test(`in ${name === 'CHROMIUM' ? 'Chromium' : 'Firefox'}`, async () => {
        const profile = mkdtempSync(join(tmpdir(), 'profile-'));
        const { url, report, close } = await serveStatic(join(signup, 'dist-static'));
        const browser = open(url, profile);
        const said = await report;
        browser.child.kill();
        await browser.ended;
        close();
        rmSync(profile, { recursive: true, maxRetries: 5, retryDelay: 200 });
        assert.deepEqual(said, [
          'Welcome, Lucy! Your account is private.',
          'Somebody is called alice already. Try another name.',
          'Please check what you entered: Privacy was invalid.',
          'You cannot sign up from here right now. Please contact support.',
        ]);
      });
    }
  });
}

/** Serves a folder, and in its page a script that uses the form and reports what it says. The API is not there. */
async function serveStatic(root) {
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
  const drive = `<script type="module">
    const until = async (found) => { for (;;) { const value = found(); if (value) return value; await new Promise((r) => setTimeout(r, 20)); } };
    const said = JSON.parse(sessionStorage.said ?? '[]');
    const signUp = async (name, privacy) => {
      const form = await until(() => document.forms[0]);
      form.elements.name.value = name;
      form.elements.privacy.value = privacy;
      const before = form.querySelector('[role=status]').textContent;
      form.requestSubmit();
      said.push(await until(() => { const text = form.querySelector('[role=status]').textContent; return text !== before && text; }));
    };
    if (!location.search) {
      await signUp('Lucy', 'Private');
      await signUp('alice', 'Public');
      await signUp('bob', 'Friends');
      sessionStorage.said = JSON.stringify(said);
      location.search = 'blocked';
    } else {
      await signUp('bob', 'Public');
      await fetch('/report', { method: 'POST', body: JSON.stringify(said) });
    }
  </script>`;
  let tell;
  const report = new Promise((resolve) => { tell = resolve; });
  const server = createServer((incoming, outgoing) => {
    const { pathname } = new URL(incoming.url, 'http://localhost');
    if (pathname === '/report') {
      let body = '';
      incoming.on('data', (text) => { body += text; }).on('end', () => {
        outgoing.end();
        tell(JSON.parse(body));
      });
      return;
    }
    const file = pathname === '/' ? '/index.html' : pathname;
    try {
      const content = readFileSync(join(root, file), file === '/index.html' ? 'utf8' : undefined);
      outgoing.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
      outgoing.end(file === '/index.html' ? content.replace('</body>', `${drive}</body>`) : content);
    } catch {
      outgoing.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, report, close };
}
