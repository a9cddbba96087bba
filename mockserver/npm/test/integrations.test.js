import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createMock } from '@connectmypairs/mock/handler';
import { handlers } from '@connectmypairs/mock/msw';
import { connectmypairs } from '@connectmypairs/mock/vite';
import { setupServer } from 'msw/node';
import { createServer } from 'vite';
import { folder, gone, launcher, start } from './programs.js';

describe('MSW', () => {
  const mock = createMock();
  const server = setupServer(...handlers(mock));
  before(() => server.listen({ onUnhandledRequest: 'error' }));
  after(() => server.close());
  const create = (init) =>
    fetch('https://api.clicksminuteper.net/connectmypairs/users/', {
      method: 'POST',
      headers: { Username: 'alice' },
      ...init,
    });
  test('answers the documented URL', async () => {
    assert.equal((await create()).status, 201);
    assert.deepEqual(await (await create()).json(), { name: 'alice', code: '409' });
  });
  test('a name beyond ISO-8859-1, sent in UTF-8', async () => {
    const Username = String.fromCharCode(...new TextEncoder().encode('Łucja'));
    assert.deepEqual(await (await create({ headers: { Username } })).json(), { name: 'Łucja', privacy: 'Public' });
  });
  test('lost answers are a TypeError', async () => {
    mock.behaviour.faults = [{ fault: 'reset', next: 1 }];
    await assert.rejects(create(), TypeError);
    assert.equal((await create()).status, 409);
  });
  test("a base URL whose path is not the mock's", () => {
    assert.throws(() => handlers(mock, 'https://api.example/v2'), /createMock\(\{ basePath: '\/v2' \}\)/);
    assert.equal(handlers(mock, '/connectmypairs').length, 1);
    assert.equal(handlers(mock, '*/connectmypairs/').length, 1);
  });
});

test("the plugin for Vite: proxies, prints the dashboard's URL, ends with the dev server", async () => {
  const printed = [];
  const log = (text) => printed.push(text);
  const server = await createServer({
    root: folder,
    configFile: false,
    plugins: [connectmypairs({ names: ['alice'] })],
    server: { port: 0, host: '127.0.0.1' },
    customLogger: {
      info: log,
      warn: log,
      warnOnce: log,
      error: log,
      clearScreen() {},
      hasErrorLogged: () => false,
      hasWarned: false,
    },
  });
  await server.listen();
  server.printUrls();
  const root = server.resolvedUrls.local[0].replace(/\/$/, '');
  const [{ target }] = Object.values(server.config.server.proxy);
  const status = async (path, init) => (await fetch(root + path, init)).status;
  const alice = { method: 'POST', headers: { Username: 'alice' } };
  assert.equal(await status('/connectmypairs/users/', alice), 409);
  assert.equal(await status('/~one/connectmypairs/users/', alice), 409);
  assert.equal(await status('/~one/__mock/accounts'), 200);
  for (const path of ['/__mocks__/browser.js', '/~partytown/partytown.js']) {
    assert.doesNotMatch(await (await fetch(root + path)).text(), /accounts are created/, path);
  }
  assert.equal((await (await fetch(`${root}/__mock/health`)).json()).base_url, `${root}/connectmypairs`);
  assert.match(printed.join('\n'), new RegExp(`Mock: +${root}/__mock/`));
  assert.equal(await status('/__mock/'), 200);
  assert.equal(
    await status('/__mock/reset', { method: 'POST', headers: { Origin: root, 'Sec-Fetch-Site': 'same-origin' } }),
    204,
  );
  assert.equal(
    await status('/__mock/reset', {
      method: 'POST',
      headers: { Origin: 'http://elsewhere.example', 'Sec-Fetch-Site': 'cross-site' },
    }),
    403,
  );
  const host = await new Promise((resolve) =>
    request(`${root}/__mock/accounts`, { headers: { Host: 'rebound.example' } }, ({ statusCode }) =>
      resolve(statusCode),
    ).end(),
  );
  assert.equal(host, 403, 'another name pointed here');
  await server.restart();
  assert.equal(await status('/connectmypairs/users/', alice), 409);
  await server.close();
  await gone(target);
});

describe('bring your own mock', () => {
  const prove = (file, ...flags) =>
    start(process.execPath, [
      launcher('conformance'),
      '--serve',
      resolve('examples/bring-your-own', file),
      '--privacy',
      'Private',
      ...flags,
    ]).ended;
  test('handlers of MSW that are right', async () => {
    const { code, stdout, stderr } = await prove('handlers.mjs', '--require-all');
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^CONFORMANT/);
    assert.doesNotMatch(stdout, /cors-origin/, 'with --mock-config, the mock would be closed to pages');
  });
  test('a fetch function with a mistake', async () => {
    const { code, stdout } = await prove('fetch.mjs');
    assert.equal(code, 1, stdout);
    assert.match(stdout, /conflict\.code {2}The member code of a 409 is the string "409"/);
    assert.match(stdout, /[1-9] of \d+ clauses (is|are) violated/);
  });
  for (const [what, source, code, message] of [
    ['ends the process when it is loaded', 'process.exit(0); export default () => {};', 3, /there is no verdict/],
    ['ends the process when it is asked', 'export default () => process.exit(0);', 3, /there is no verdict/],
    [
      'has an error that nobody catches',
      'export default () => { setTimeout(() => { throw new Error("mine"); }); return new Promise(() => {}); };',
      3,
      /there is no verdict[^]*mine/,
    ],
    ['answers with no Response', 'export default () => "text";', 3, /must be a Response, was 'text'/],
  ])
    test(`a file that ${what}`, async () => {
      const file = join(mkdtempSync(join(tmpdir(), 'served ')), 'file.mjs');
      writeFileSync(file, source);
      const { code: got, stdout, stderr } = await prove(file);
      rmSync(dirname(file), { recursive: true });
      assert.equal(got, code, stdout + stderr);
      assert.match(stderr, message);
    });
  test('files that cannot be served', async () => {
    const wrong = async (...args) => {
      const { code, stderr } = await start(process.execPath, [launcher('conformance'), ...args]).ended;
      assert.equal(code, 2, stderr);
      return stderr;
    };
    assert.match(await wrong('--serve'), /needs a file/);
    assert.match(await wrong('--serve', 'no-such.mjs'), /no-such\.mjs/);
    assert.match(await wrong('--serve', 'no-such.mjs', '--url', 'http://127.0.0.1:1'), /--serve and --url/);
    assert.match(await wrong('--url=http://127.0.0.1:1', '--serve=no-such.mjs'), /--serve and --url/);
    assert.match(await wrong('--serve=test/programs.js'), /exports neither handlers of MSW nor fetch/);
  });
});
