// The launchers, and startMock.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startMock } from '@connectmypairs/mock';
import { globalSetup, withSpace } from '@connectmypairs/mock/global-setup';
import { folder, gone, launcher, shell, start } from './programs.js';

const create = (baseURL, name) => fetch(`${baseURL}/users/`, { method: 'POST', headers: { Username: name } });
const run = (name, ...args) => start(process.execPath, [launcher(name), ...args]);

describe('the launchers', () => {
  test('npx serves, through the link that npm makes', async () => {
    const npx = start('npx', ['connectmypairs-mock', '--listen', 'localhost:0'], { shell });
    assert.equal((await create(await npx.ready, 'alice')).status, 201);
    npx.child.kill('SIGTERM');
    await npx.ended; // when all that has its output has ended
  });
  test('arguments, output and exit code pass through', async () => {
    const version = await run('mock', '--version').ended;
    assert.equal(version.code, 0);
    assert.notEqual(version.stdout.trim(), '');
    const wrong = await run('mock', '--latency', 'a b "c"').ended;
    assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
    assert.match(wrong.stderr, /a b \\?"c\\?"/);
    assert.equal((await run('conformance', '--url', 'http://127.0.0.1:1/connectmypairs').ended).code, 3);
    assert.equal((await run('conformance').ended).code, 2);
    assert.match((await run('conformance', '--help').ended).stdout, /--url[^]*--serve=FILE/);
  });
  for (const signal of ['SIGTERM', 'SIGINT']) {
    test(
      `${signal} drains the server, and the exit code is 0`,
      { skip: process.platform === 'win32' && 'Windows has no signals' },
      async () => {
        const { child, ready, ended } = run('mock', '--listen', 'localhost:0');
        const url = await ready;
        child.kill(signal);
        const { code, stderr } = await ended;
        assert.equal(code, 0, stderr);
        assert.match(stderr, /stopped/);
        await assert.rejects(fetch(url));
      },
    );
  }
  test('a launcher that was killed takes the server with it', async () => {
    const { child, ready } = run('mock', '--listen', 'localhost:0');
    const url = await ready;
    child.kill('SIGKILL');
    await gone(url);
  });
  test('config prints what is in force for a server, which is not to end with this one', async () => {
    const { code, stdout } = await run('mock', 'config', '--name', 'alice').ended;
    assert.equal(code, 0);
    assert.match(stdout, /exit-with-stdin: false/);
  });
  test('without the binary for the platform they say what to do', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'no binary '));
    for (const [name, code] of Object.entries({ mock: 2, conformance: 3 })) {
      writeFileSync(
        join(elsewhere, `${name}.mjs`),
        `Object.defineProperty(process, 'platform', { value: 'plan9' });
        await import(${JSON.stringify(pathToFileURL(launcher(name)))});`,
      );
      const result = await start(process.execPath, [join(elsewhere, `${name}.mjs`), '--help']).ended;
      assert.equal(result.code, code, result.stderr);
      const beginning = `connectmypairs-${name}: the package @connectmypairs/${name}-plan9-\\w+`;
      assert.match(result.stderr, new RegExp(`^${beginning}.* is not installed[^]*--omit=optional[^]*go install`));
      const own = start(process.execPath, [join(elsewhere, `${name}.mjs`), '--version'], {
        env: { ...process.env, [`CONNECTMYPAIRS_${name.toUpperCase()}_BINARY`]: process.execPath },
      });
      assert.match((await own.ended).stdout, /^v\d+/, 'the variable names another binary');
    }
    rmSync(elsewhere, { recursive: true });
  });
  test('nested as pnpm does it, the binary is found from the package and not from the working directory', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'nested '));
    const store = join(elsewhere, 'node_modules', '.pnpm', 'mock@0.0.0', 'node_modules', '@connectmypairs');
    for (const name of ['mock', `mock-${process.platform}-${process.arch}`]) {
      cpSync(join(folder, 'node_modules', '@connectmypairs', name), join(store, name), { recursive: true });
    }
    const visible = join(elsewhere, 'node_modules', '@connectmypairs');
    mkdirSync(visible);
    symlinkSync(join(store, 'mock'), join(visible, 'mock'), 'junction');
    const bin = join(visible, 'mock', 'bin', 'connectmypairs-mock.js');
    assert.equal((await start(process.execPath, [bin, '--version'], { cwd: tmpdir() }).ended).code, 0);
    rmSync(elsewhere, { recursive: true });
  });
  test('a binary that cannot be run', async () => {
    const result = await start(process.execPath, [launcher('mock')], {
      env: { ...process.env, CONNECTMYPAIRS_MOCK_BINARY: folder },
    }).ended;
    assert.equal(result.code, 2);
    assert.match(result.stderr, /^connectmypairs-mock: .*EACCES|EPERM/);
  });
});

describe('startMock', () => {
  test('serves, controls, and stops', async () => {
    const mock = await startMock({
      names: ['alice', 'a=b, c'],
      privacy: ['Public', 'Friends'],
      assumptions: { 'missing-slash': 'accept' },
      basePath: '/api',
      seed: 3,
      args: ['--log-level', 'debug'],
    });
    assert.match(mock.baseURL, /^http:\/\/localhost:\d+\/api$/);
    assert.deepEqual(
      [
        (await create(mock.baseURL, 'alice')).status,
        (await create(mock.baseURL, 'a=b, c')).status,
        (await create(mock.baseURL, 'bob')).status,
      ],
      [409, 409, 201],
    );
    assert.deepEqual((await mock.coverage()).missing, [400, 403]);
    const space = mock.space('one');
    assert.equal(space.baseURL, `${mock.root}/~one/api`);
    await space.control.POST('/blocked', { body: ['caller'] });
    assert.deepEqual(
      [(await create(space.baseURL, 'bob')).status, (await create(mock.baseURL, 'carol')).status],
      [403, 201],
    );
    const { data } = await mock.control.GET('/requests', { params: { query: { limit: 1 } } });
    assert.equal(data.requests[0].name, 'carol');
    await assert.rejects(space.control.POST('/blocked', { body: ['nonsense'] }), /nonsense/);
    await mock[Symbol.asyncDispose](); // which await using does
    await assert.rejects(fetch(mock.baseURL));
    await mock.stop();
  });
  test('a control token from the environment is the server\'s and the client\'s', async () => {
    process.env.MOCKSERVER_CONTROL_TOKEN = 'from-the-environment';
    try {
      const mock = await startMock();
      assert.equal((await fetch(`${mock.root}/__mock/accounts`)).status, 401);
      await mock.space('one').control.POST('/reset');
      assert.deepEqual((await mock.coverage()).missing, [201, 400, 403, 409]);
      await mock.stop();
    } finally {
      delete process.env.MOCKSERVER_CONTROL_TOKEN;
    }
  });
  test('a token that is given is the server\'s and the client\'s, also beyond loopback', async () => {
    const mock = await startMock({ listen: '0.0.0.0:0', token: 'given' });
    const accounts = `${mock.root}/__mock/accounts`;
    assert.equal((await fetch(accounts)).status, 401);
    assert.equal((await fetch(accounts, { headers: { Authorization: 'Bearer given' } })).status, 200);
    await mock.space('one').control.POST('/reset');
    await mock.stop();
  });
  test('two at once have a port each', async () => {
    const mocks = await Promise.all([startMock(), startMock()]);
    assert.notEqual(mocks[0].root, mocks[1].root);
    await Promise.all(mocks.map((mock) => mock.stop()));
  });
  test('what is wrong is in the error, from the log', async () => {
    await assert.rejects(startMock({ latency: 'fast' }), /did not start: it ended with exit code 2\n.*latency.*fast/s);
    await assert.rejects(startMock({ config: '/no/such file.yaml' }), /no such file|cannot find/i);
    const mock = await startMock();
    await assert.rejects(startMock({ listen: new URL(mock.root).host }), /did not start: .*in use/s);
    await mock.stop();
  });
  test('with options that no command line holds, the error says where to put them', async () => {
    const names = Array.from({ length: 200_000 }, (_, i) => `a name in use, ${i}`);
    await assert.rejects(startMock({ names }), /did not start: .*too long.*config: "mock.yaml".*--names-file/);
    const folder = mkdtempSync(join(tmpdir(), 'names '));
    writeFileSync(join(folder, 'names.txt'), names.join('\n'));
    const mock = await startMock({ args: ['--names-file', join(folder, 'names.txt')] });
    assert.equal((await create(mock.baseURL, names[199_999])).status, 409);
    await mock.stop();
    rmSync(folder, { recursive: true });
  });
  test(
    'a server that was killed says so when it is stopped',
    { skip: process.platform === 'win32' && 'it needs kill' },
    async () => {
      const mock = await startMock();
      const { stdout } = await start('sh', [
        '-c',
        'ps -eo pid,ppid,comm | awk -v p=$0 \'$2 == p && $3 == "mockserver" { print $1 }\'',
        String(process.pid),
      ]).ended;
      process.kill(Number(stdout.trim().split('\n').at(-1)), 'SIGKILL');
      await assert.rejects(mock.stop(), /the mock server failed: it ended with SIGKILL\n.*ready/s);
    },
  );
  test(
    'is stopped when the output of the server has ended, too, which can be later',
    { skip: process.platform === 'win32' && 'it needs a shell' },
    async () => {
      const elsewhere = mkdtempSync(join(tmpdir(), 'late '));
      const program = join(elsewhere, 'late');
      writeFileSync(program, '#!/bin/sh\necho http://localhost:1\nsleep 0.3 &\nexec cat\n', { mode: 0o755 });
      const { ended } = start(
        process.execPath,
        [
          '--input-type=module',
          '--eval',
          `
        import { startMock } from '@connectmypairs/mock';
        await (await startMock()).stop();
        console.log('stopped');`,
        ],
        { env: { ...process.env, CONNECTMYPAIRS_MOCK_BINARY: program } },
      );
      assert.match((await ended).stdout, /stopped/);
      rmSync(elsewhere, { recursive: true });
    },
  );
  for (const [how, end] of [
    ['is killed', 'process.kill(process.pid, "SIGKILL")'],
    ['exits', 'process.exit()'],
    ['throws', 'throw new Error("oh")'],
    ['has nothing left to do', ''],
  ]) {
    test(`dies with its parent, which ${how}`, async () => {
      const parent = start(process.execPath, [
        '--input-type=module',
        '--eval',
        `
        import { startMock } from '@connectmypairs/mock';
        const mock = await startMock();
        process.stdout.write(mock.baseURL, () => { ${end} });`,
      ]);
      const url = await parent.ready;
      await parent.ended;
      await gone(url);
    });
  }
});

describe('globalSetup', () => {
  test('counts what spaces have met that are gone by the end', async () => {
    const finish = await globalSetup({ require: [201, 409] })();
    await withSpace('worker', async ({ baseURL, control }) => {
      assert.deepEqual([(await create(baseURL, 'bob')).status, (await create(baseURL, 'bob')).status], [201, 409]);
      await control.DELETE('/spaces/{name}', { params: { path: { name: 'worker' } } });
    });
    await finish();
  });
  test('with a token, the workers have it', async () => {
    const finish = await globalSetup({ token: 'given' })();
    await withSpace('worker', async ({ control }) => {
      assert.equal((await control.GET('/accounts')).response.status, 200);
    });
    await finish();
    assert.equal(process.env.MOCKSERVER_CONTROL_TOKEN, undefined, 'what comes after has it no longer');
    await assert.rejects(withSpace('worker', () => {}), /no mock server runs/);
  });
  test('rejects with what no test has met', async () => {
    const finish = await globalSetup({ require: [201, 400, 403] })();
    await withSpace('worker', async ({ baseURL }) => {
      await create(baseURL, 'bob');
    });
    await assert.rejects(finish(), /no test has met 400, 403; the run requires 201, 400, 403/);
    assert.equal(process.exitCode, 1);
    process.exitCode = undefined;
  });
});
