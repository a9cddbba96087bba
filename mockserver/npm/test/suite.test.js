// The handler is kept true: by the suite, and by what the Go mock does where the page is silent.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { startMock } from '@connectmypairs/mock';
import { createMock } from '@connectmypairs/mock/handler';
import { judge } from './programs.js';
import { serve } from './serve.js';

const fixtures = (name) => JSON.parse(readFileSync(join(process.env.REPOSITORY, 'fixtures', name), 'utf8'));
const blockedVia = ['--blocked-via', 'header=X-Blocked: yes'];
const isBlocked = (request) => request.headers.has('X-Blocked');

test('the suite finds the handler conformant, every clause checked', async () => {
  const served = await serve(createMock({ blocked: isBlocked }).fetch);
  const url = `${served.origin}/connectmypairs`;
  const { code, stdout, report } = await judge('--url', url, '--privacy=Private', '--require-all', ...blockedVia);
  served.close();
  assert.equal(code, 0, stdout);
  assert.equal(report.verdict, 'conformant');
});

test('what the suite observes of the handler is what it observes of the Go mock', async () => {
  // A page asks the handler within itself, where CORS has no part: other-origin.answer is about servers only.
  const clauses = fixtures('clauses.json')
    .filter(({ id, level }) => level === 'observed' && id !== 'other-origin.answer')
    .flatMap(({ id }) => ['--run', id]);
  const observations = async (url, ...flags) => {
    const result = await judge('--url', url, '--repeat=1', '--run=created.status', ...clauses, ...flags);
    const { code, stdout, stderr, report } = result;
    assert.equal(code, 0, stdout + stderr);
    return Object.fromEntries(
      report.clauses
        .filter(({ observation }) => observation)
        .map(({ clause, observation }) => [
          clause.id,
          [observation.text.replaceAll(report.run_id, 'RUN'), observation.choices],
        ]),
    );
  };
  const mock = await startMock();
  const served = await serve(createMock({ blocked: isBlocked }).fetch);
  const [wanted, got] = await Promise.all([
    observations(mock.baseURL),
    observations(`${served.origin}/connectmypairs`, ...blockedVia),
  ]);
  await mock.stop();
  served.close();
  assert.ok(Object.keys(wanted).length >= 16, 'the suite observed little');
  assert.deepEqual(got, wanted);
});

describe('the handler answers as the Go mock does, request by request', () => {
  let mock;
  before(async () => {
    mock = await startMock();
  });
  after(() => mock.stop());
  const assumptions = fixtures('assumptions.json');
  const random = generator(20261127);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const letters = [...'aAbßẞſsıIiİΣσςŉéÉﬁKk\u212a😀ꭰᎠµμ', 'SS'];
  const names = [
    ...letters.map(utf8), '', ' ', 'a, b', 'a,b', 'Zo\xeb', '\x80', '\xc2\x85', '\xa0x', '\xff\xfe', 'x'.repeat(40),
    '%41', '"\\', 'constructor',
  ];
  const privacies = [
    'Public', 'Private', 'PRIVATE', 'public', 'Publi\xe7', '', 'Fri\xc3\xa9nds', 'toString', utf8('Frıends'),
    utf8('ßs'), 'SSs', utf8('ſss'),
  ];
  const paths = [
    '/users/', '/users/', '/users/', '/users/', '/users/', '/users/?__code=409', '/users/?__code=418',
    '/users/?__code=constructor', '/users', '/%75sers/', '/', '/users/x', '/us%20ers/', '/users/%ff',
  ];
  const prefers = ['code=403', 'respond-async, CODE = "201";q=1', 'code=999', 'code', 'wait=10', 'code=""'];

  const some = {
    choice: (values) => pick(values).value,
    text: () => pick(['', 'Bad "name"', 'schlécht']),
    integer: () => pick(['1', '2', '39']),
    members: () => pick(['code', 'name,code', 'description,code,name']),
  };

  for (let round = 0; round < 40; round++) {
    test(`round ${round}`, async () => {
      const chosen = Object.fromEntries(
        assumptions
          .filter(() => random() < 0.5)
          .map(({ id, kind, values }) => [id, some[kind](values)]),
      );
      const privacy = pick([['Public', 'Private'], ['Public'], ['Friénds', 'Private', 'ssS']]);
      const space = mock.space(`round-${round}`);
      await space.control.PUT('/behaviour', { body: { assumptions: chosen, privacy } });
      const handler = createMock({ assumptions: chosen, privacy });
      const served = await serve(handler.fetch);
      const { pathname, origin } = new URL(space.baseURL);
      const pool = Array.from({ length: 12 }, () => pick(names) + pick(names));
      for (let i = 0; i < 60; i++) {
        const raw = [];
        for (let n = pick([0, 1, 1, 1, 1, 1, 1, 2, 3]); n > 0; n--) raw.push('Username', pick(pool));
        for (let n = pick([0, 0, 1, 1, 1, 2]); n > 0; n--) raw.push('privacy', pick(privacies));
        if (random() < 0.1) raw.push('Prefer', pick(prefers));
        const method = pick(['POST', 'POST', 'POST', 'POST', 'POST', 'POST', 'GET', 'PUT', 'HEAD']);
        const path = pick(paths);
        const [wanted, got] = [
          await send(origin, pathname + path, method, raw),
          await send(served.origin, `/connectmypairs${path}`, method, raw),
        ];
        assert.deepEqual(got, wanted, JSON.stringify({ method, path, raw, chosen, privacy }));
      }
      const { data } = await space.control.GET('/accounts');
      assert.deepEqual(handler.accounts.list(), data);
      assert.deepEqual(handler.coverage(), await space.coverage());
      served.close();
    });
  }
});

test('names and settings are folded as the Go mock folds them, each letter that has another case', async () => {
  const mock = await startMock({ assumptions: { 'name-comparison': 'fold' } });
  const handler = createMock({ assumptions: { 'name-comparison': 'fold' } });
  // Unicode had these letters, or their other case, only after the version in Go's tables.
  const newer = /[\p{Script=Garay}ƛꟜƛɤᲊꟊ-ꟛ\u{16ea0}-\u{16ed3}]/u;
  const cased = new Set();
  for (let point = 0xa0; point <= 0x1ffff; point++) {
    if (point === 0xd800) point = 0xe000;
    const letter = String.fromCodePoint(point);
    const [upper, lower] = [letter.toUpperCase(), letter.toLowerCase()];
    if (upper === lower || newer.test(letter + upper + lower)) continue;
    for (const one of [letter, upper, lower]) cased.add(one);
  }
  assert.ok(cased.size > 2500, `only ${cased.size} have another case`);
  const differ = [];
  for (const name of cased) {
    const init = { method: 'POST', headers: { Username: utf8(`n${name}`) } };
    const url = `${mock.baseURL}/users/`;
    const [wanted, got] = (await Promise.all([fetch(url, init), handler.fetch(url, init)])).map(({ status }) => status);
    if (wanted !== got) differ.push(name);
  }
  await mock.stop();
  assert.equal(differ.join(' '), '');
});

/**
 * What an answer says, without what is about the server: its own URL, and the words of the mock on what the page does
 * not know.
 */
async function send(origin, path, method, raw) {
  const headers = ['Host', new URL(origin).host, 'Content-Length', '0', ...raw];
  const [answer] = await once(request(origin + path, { method, headers }).end(), 'response');
  const sent = await text(answer);
  const own = ([member, value]) => member === 'description' && /POST|prefer/.test(value);
  const { location, allow, 'preference-applied': applied, 'content-type': type } = answer.headers;
  return {
    status: answer.statusCode,
    body: sent && Object.entries(JSON.parse(sent)).filter((member) => !own(member)),
    location: location?.replace(/^\/~[^/]+/, ''),
    allow,
    applied,
    type,
  };
}

function utf8(text) {
  return Buffer.from(text).toString('latin1');
}

function generator(seed) {
  let state = seed;
  return () => {
    state = Math.imul(state ^ (state >>> 15), state | 1);
    state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
    return ((state ^ (state >>> 14)) >>> 0) / 2 ** 32;
  };
}
