import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createMock } from '@connectmypairs/mock/handler';
import { build } from 'vite';
import { folder } from './programs.js';

const base = 'http://api.test/connectmypairs';
const create = (mock, name, headers = {}, init = {}) =>
  mock.fetch(`${base}/users/`, { method: 'POST', headers: { Username: name, ...headers }, ...init });
const status = async (...args) => (await create(...args)).status;

test('is at most 5 KB in a page, and imports nothing', async () => {
  const {
    output: [{ code, imports }],
  } = (
    await build({
      configFile: false,
      logLevel: 'silent',
      root: folder,
      build: {
        write: false,
        lib: { entry: join(folder, 'node_modules/@connectmypairs/mock/handler.js'), formats: ['es'] },
      },
    })
  )[0];
  const size = gzipSync(code, { level: 9 }).length;
  console.log(`handler, gzipped: ${size} bytes`);
  assert.ok(size <= 5000, `${size} bytes`);
  assert.deepEqual(imports, []);
  const own = readdirSync(join(folder, 'node_modules/@connectmypairs/mock')).filter((name) =>
    /^(handler|endpoint|contract)\.js$/.test(name),
  );
  for (const name of own) {
    const source = readFileSync(join(folder, 'node_modules/@connectmypairs/mock', name), 'utf8');
    assert.doesNotMatch(source, /from '(?!\.)|\b(process|Buffer|window|document|require)\b(?!')[.(]/, name);
  }
});

test('the four documented answers', async () => {
  const mock = createMock({ names: ['alice'] });
  const answers = [
    await create(mock, 'bob', { Privacy: 'Private' }),
    await create(mock, 'bob', { Privacy: 'Secret' }),
    await create(mock, 'alice'),
  ];
  mock.blocked = true;
  answers.push(await create(mock, 'carol'));
  assert.deepEqual(
    await Promise.all(
      answers.map(async (answer) => [answer.status, answer.headers.get('content-type'), await answer.text()]),
    ),
    [
      [201, 'application/json', '{"name":"bob","privacy":"Private"}'],
      [400, 'application/json', '{"name":"bob","privacy":"Secret","code":"400","description":"Privacy was invalid"}'],
      [409, 'application/json', '{"name":"alice","code":"409"}'],
      [403, 'application/json', '{"description":"Your IP address was blocked.","code":"403"}'],
    ],
  );
  assert.deepEqual(mock.coverage(), { answers: { 201: 1, 400: 1, 403: 1, 409: 1 }, missing: [], other: {} });
  assert.deepEqual(mock.accounts.list(), [
    { name: 'bob', privacy: 'Private' },
    { name: 'alice', privacy: 'Public' },
  ]);
  assert.deepEqual(
    mock.requests.map(({ id, rule, name }) => [id, rule, name]),
    [
      [1, 'created', 'bob'],
      [2, 'invalid-privacy', 'bob'],
      [3, 'conflict', 'alice'],
      [4, 'blocked', 'carol'],
    ],
  );
});

test('reset puts all back as configured', async () => {
  const mock = createMock({
    names: ['alice'],
    blocked: true,
    latency: '1ms',
    assumptions: { 'name-comparison': 'fold' },
  });
  mock.blocked = false;
  mock.behaviour.latency = '0s';
  mock.behaviour.assumptions = { 'name-comparison': 'exact', 'other-method': '404' };
  mock.accounts.clear();
  assert.equal(await status(mock, 'ALICE'), 201);
  mock.reset();
  assert.equal(mock.coverage().answers[201], 1, 'coverage outlasts resets');
  assert.deepEqual(
    [mock.blocked, mock.behaviour.latency, mock.behaviour.assumptions['other-method'], mock.requests.length],
    [true, '1ms', '405', 0],
  );
  mock.blocked = false;
  assert.equal(await status(mock, 'ALICE'), 409);
});

test('accounts', async () => {
  const mock = createMock({ assumptions: { 'name-comparison': 'fold' } });
  mock.accounts.add('Straße', 'Private');
  assert.throws(() => mock.accounts.add('STRASSE'), /in use/);
  assert.throws(() => mock.accounts.add(' x'), /begins or ends with a space/);
  assert.equal(mock.accounts.remove('nobody'), false);
  assert.equal(mock.accounts.remove('STRASSE'), true);
  assert.equal(await status(mock, 'strasse'), 201);
  mock.behaviour.assumptions = { 'name-comparison': 'exact' };
  assert.deepEqual([await status(mock, 'Strasse'), await status(mock, 'strasse')], [201, 409]);
});

test('of simultaneous requests for one name, exactly one creates', async () => {
  const mock = createMock({ latency: '1ms..3ms' });
  const statuses = await Promise.all(Array.from({ length: 50 }, () => status(mock, 'alice')));
  assert.deepEqual(statuses.sort(), [201, ...Array(49).fill(409)]);
});

describe('latency, faults and forced answers', () => {
  test('a request that is aborted while the latency passes has no effect', async () => {
    const mock = createMock({ latency: '1m' });
    const abort = new AbortController();
    const answer = create(mock, 'alice', {}, { signal: abort.signal });
    abort.abort();
    await assert.rejects(answer, { name: 'AbortError' });
    await assert.rejects(create(mock, 'alice', {}, { signal: AbortSignal.abort() }), { name: 'AbortError' });
    assert.deepEqual(
      mock.requests.map(({ rule, status }) => [rule, status]),
      [
        ['client-gone', 0],
        ['client-gone', 0],
      ],
    );
    assert.deepEqual(mock.accounts.list(), []);
  });
  test('an answer takes as long as it is told', async () => {
    const mock = createMock({ latency: '30ms..60ms' });
    await create(mock, 'alice');
    assert.ok(mock.requests[0].duration_ms >= 29, `${mock.requests[0].duration_ms} ms`);
  });
  test('lost requests and answers', async () => {
    const mock = createMock({
      faults: [
        { fault: 'reset', next: 1 },
        { fault: 'drop-after-commit', next: 2 },
        { fault: 'unavailable', next: 1 },
      ],
    });
    await mock.fetch('http://api.test/favicon.ico'); // uses up none
    await assert.rejects(create(mock, 'alice'), TypeError);
    await assert.rejects(create(mock, 'alice'), TypeError);
    assert.deepEqual(mock.behaviour.faults, [
      { fault: 'drop-after-commit', next: 1 },
      { fault: 'unavailable', next: 1 },
    ]);
    await assert.rejects(create(mock, 'alice'), TypeError);
    const unavailable = await create(mock, 'bob');
    assert.deepEqual([unavailable.status, unavailable.headers.get('retry-after')], [503, '1']);
    assert.equal(await status(mock, 'alice'), 409);
    assert.deepEqual(
      mock.requests.map(({ status, fault }) => [status, fault]),
      [
        [404, ''],
        [0, 'reset'],
        [201, 'drop-after-commit'],
        [409, 'drop-after-commit'],
        [503, 'unavailable'],
        [409, ''],
      ],
    );
    assert.deepEqual(mock.coverage().answers, { 201: 0, 400: 0, 403: 0, 409: 1 });
  });
  test('a share of the requests, the same with the same seed', async () => {
    const lost = async (seed) => {
      const mock = createMock({ seed, faults: [{ fault: 'reset', rate: 0.3 }] });
      const all = await Promise.allSettled(Array.from({ length: 200 }, (_, i) => create(mock, `n${i}`)));
      return all.map((one) => (one.status === 'rejected' ? 'x' : '.')).join('');
    };
    const first = await lost(7);
    assert.equal(await lost(7), first);
    assert.notEqual(await lost(8), first);
    const count = first.split('x').length - 1;
    assert.ok(count > 30 && count < 90, `${count} of 200`);
  });
  test('forced answers touch nothing', async () => {
    const mock = createMock({
      forced: [
        { status: 403, next: 1 },
        { status: 201, next: 2 },
      ],
    });
    assert.deepEqual(
      [await status(mock, 'a'), await status(mock, 'a'), await status(mock, 'a'), await status(mock, 'a')],
      [403, 201, 201, 201],
    );
    assert.equal(mock.accounts.list().length, 1);
    assert.equal(await status(mock, 'b', { Prefer: 'code=409' }), 409);
  });
});

test('the journal keeps the newest 1000', async () => {
  const mock = createMock();
  for (let i = 0; i < 1001; i++) await mock.fetch(`${base}/users/`);
  assert.deepEqual([mock.requests.length, mock.requests[0].id, mock.requests.at(-1).id], [1000, 2, 1001]);
});

test('what goes in and comes out is a copy', async () => {
  const names = ['alice'];
  const mock = createMock({ names });
  names.push('bob');
  mock.reset();
  assert.equal(await status(mock, 'bob'), 201);
  mock.behaviour.privacy.push('Friends');
  mock.accounts.list()[0].name = 'x';
  assert.deepEqual([await status(mock, 'c', { Privacy: 'Friends' }), mock.accounts.list()[0].name], [400, 'bob']);
});

test('wrong options are refused, with what would be right', () => {
  for (const [options, message] of [
    [{ nmaes: [] }, /unknown option nmaes; use basePath, names/],
    [{ toString: 1 }, /unknown option toString/],
    [{ basePath: 'x/' }, /basePath cannot be "x\/"; use a path such as \/connectmypairs/],
    ...['x', '/', '/x/', '/a?b', '/a#b', '/a//b', '/a%2Fb'].map((basePath) => [{ basePath }, /basePath/]),
    [{ names: [''] }, /a name is empty/],
    [{ names: 'alice' }, /names must be a list/],
    [{ blocked: ['192.0.2.1'] }, /blocked must be a boolean or a function/],
    [{ names: ['a\u0007'] }, /control character/],
    [{ privacy: [] }, /one setting at least/],
    [{ latency: 'fast' }, /latency cannot be "fast"; use a duration such as 20ms/],
    [{ latency: '2s..1s' }, /latency/],
    [{ latency: '2h' }, /at most 1h/],
    [{ assumptions: { 'check-ordre': '1' } }, /unknown assumption "check-ordre"; use one of check-order/],
    [{ assumptions: { 'name-comparison': 'foo' } }, /cannot be "foo"; use exact or fold/],
    [{ assumptions: { 'max-name-length': 20 } }, /cannot be 20; use a whole number, 0 or more, as a string/],
    [{ assumptions: { 'username-refusal-members': 'name' } }, /code is needed/],
    [
      { faults: [{ fault: 'truncate', next: 1 }] },
      /unknown fault "truncate"; use one of reset, drop-after-commit, unavailable/,
    ],
    [{ faults: [{ fault: 'reset' }] }, /either next or rate/],
    [{ faults: [{ fault: 'reset', rate: 2 }] }, /above 0 and at most 1/],
    [{ forced: [{ status: 404, next: 1 }] }, /404 is not documented; use one of 201, 400, 403, 409/],
    [{ forced: [{ status: 409, next: 0 }] }, /use 1 or more/],
    [{ seed: 0.5 }, /whole number/],
  ])
    assert.throws(() => createMock(options), { name: 'TypeError', message }, JSON.stringify(options));
  const mock = createMock();
  assert.throws(() => {
    mock.behaviour.latency = 'fast';
  }, TypeError);
  assert.throws(() => {
    mock.behaviour.fault = []; // faults
  }, TypeError);
  assert.equal(mock.behaviour.latency, '0s');
  createMock({ latency: undefined, privacy: undefined, basePath: '' });
  createMock({ basePath: '/a b/..c/.d' });
});
