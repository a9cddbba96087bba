/**
 * The Create Account endpoint as a function from the web's Request to its Response, with no process and no port. It
 * runs wherever there is fetch: pages, workers, service workers, Node, Deno, Bun. It does what the mock server does
 * where the page is silent, too: the conformance suite and a comparison with the Go program hold it to that.
 */
import { answers, assumptions, basePath as documentedBasePath, defaultPrivacy } from './contract.js';
import { creates, decide, fold, textProblem } from './endpoint.js';

/**
 * @typedef {{ name: string, privacy: string }} Account
 * @typedef {object} Fault
 *   What happens to the `next` so many requests, or to the share `rate` of all. `reset` loses a request,
 *   `drop-after-commit` the answer to one that had its effect: fetch rejects with a TypeError, as in a browser.
 *   `unavailable` is a 503.
 * @property {'reset' | 'drop-after-commit' | 'unavailable'} fault
 * @property {number} [next]
 * @property {number} [rate]
 * @typedef {{ status: 201 | 400 | 403 | 409, next: number }} Forced
 *   The documented answer that the next so many requests get, whatever they ask for and without any effect.
 * @typedef {object} Behaviour Assign to a member to change it; a wrong value throws a TypeError and changes nothing.
 * @property {string[]} privacy the settings that are accepted
 * @property {Record<string, string>} assumptions by id; ids that are left out keep their value
 * @property {string} latency of every answer: a duration such as `20ms`, or a range such as `10ms..1.5s`
 * @property {Fault[]} faults tried in order; at most one happens to a request
 * @property {Forced[]} forced used up in order
 * @property {number} seed what latency and faults are drawn with
 * @typedef {boolean | ((request: Request) => boolean)} Blocked whether the caller's address is blocked
 * @typedef {object} InitialState
 * @property {string} [basePath] what comes before `/users/`: `/connectmypairs`
 * @property {string[]} [names] in use already
 * @property {Blocked} [blocked]
 * @typedef {InitialState & { [member in keyof Behaviour]?: Behaviour[member] | undefined }} Options
 * @typedef {object} JournalEntry
 * @property {number} id counts from 1
 * @property {string} time of arrival, RFC 3339
 * @property {string} method
 * @property {string} path
 * @property {string} name
 * @property {string} privacy
 * @property {number} status 0 when there was no answer
 * @property {string} rule why the answer is what it is
 * @property {string} detail more on that
 * @property {string} fault the one that was injected
 * @property {number} duration_ms
 * @typedef {object} Coverage
 * @property {Record<string, number>} answers how often each documented answer was met, by status
 * @property {number[]} missing documented answers that were not met
 * @property {Record<string, number>} other answers that are not documented
 * @typedef {RequestInit & { headersDistinct?: import('./endpoint.js').HeadersDistinct | undefined }} Init
 *   A Request joins a header that comes twice; `headersDistinct`, as node:http has it, tells its values apart.
 * @typedef {object} Accounts
 * @property {() => Account[]} list newest first
 * @property {(name: string, privacy?: string) => void} add throws when the name is in use
 * @property {(name: string) => boolean} remove frees one name, and reports whether it was in use
 * @property {() => void} clear frees all names
 * @typedef {object} Members
 * @property {(input: RequestInfo | URL, init?: Init) => Promise<Response>} fetch
 *   answers a request, given as to the web's fetch. It works detached from the mock: `globalThis.fetch = mock.fetch`.
 * @property {Accounts} accounts
 * @property {Blocked} blocked
 * @property {Behaviour} behaviour
 * @property {() => Coverage} coverage which documented answers were met; it outlasts resets
 * @property {() => void} reset puts accounts, blocked and behaviour back as configured, and empties the journal
 * @property {string} basePath
 * @typedef {Members & { readonly requests: readonly JournalEntry[] }} Mock `requests` are oldest first; the newest 1000
 *   are kept
 */

const journalLength = 1000;
const documented = Object.keys(answers).map(Number);
const faultNames = ['reset', 'drop-after-commit', 'unavailable'];
/** In milliseconds. @type {Record<string, number>} */
const units = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 36e5 };

/**
 * Returns a mock of its own: mocks share nothing.
 * @param {Options} [options]
 * @returns {Mock}
 */
export function createMock(options = {}) {
  const { basePath = documentedBasePath, names = [], blocked = false, ...behaviour } = options;
  if (!/^(\/[^/?#%]+)*$/.test(basePath))
    fail(`basePath cannot be "${basePath}"; use a path such as ${documentedBasePath}`);
  checkTexts('names', 'a name', names);
  if (!/^(boolean|function)$/.test(typeof blocked)) fail('blocked must be a boolean or a function');
  const configuredNames = [...names];

  /** @type {Map<string, Account>} by name, oldest first */
  const byName = new Map();
  /** @type {Set<string>} the names in the form in which they are compared */
  let keys = new Set();
  /** @type {JournalEntry[]} */
  let journal = [];
  /** @type {Map<number, number>} how often each status was met */
  const met = new Map();
  /** @type {Behaviour} */
  const rules = {
    privacy: [defaultPrivacy, 'Private'],
    latency: '0s',
    faults: [],
    forced: [],
    seed: 1,
    assumptions: Object.fromEntries(assumptions.map(({ id, value }) => [id, value])),
  };
  let arrived = 0;
  let luck = random(rules.seed);

  const key = (/** @type {string} */ name) => (rules.assumptions['name-comparison'] === 'fold' ? fold(name) : name);
  const compareAnew = () => {
    keys = new Set([...byName.keys()].map(key));
  };
  const inUse = (/** @type {string} */ name) => keys.has(key(name));
  const create = (/** @type {string} */ name, /** @type {string} */ privacy) => {
    byName.set(name, { name, privacy });
    keys.add(key(name));
  };

  /**
   * What else a change of a member does.
   * @type {Partial<Record<keyof Behaviour, () => void>>}
   */
  const entails = {
    assumptions: compareAnew,
    seed: () => {
      luck = random(rules.seed);
    },
  };
  const settable = Object.fromEntries(
    Object.entries(checks).map(([member, check]) => [
      member,
      {
        enumerable: true,
        get: () => structuredClone(rules[/** @type {keyof Behaviour} */ (member)]),
        set: (/** @type {any} */ value) => {
          if (value === undefined) return;
          check(value);
          const before = /** @type {any} */ (rules)[member];
          /** @type {any} */ (rules)[member] =
            member === 'assumptions' ? { ...before, ...value } : structuredClone(value);
          entails[/** @type {keyof Behaviour} */ (member)]?.();
        },
      },
    ]),
  );
  for (const option of Object.keys(behaviour)) {
    if (!Object.hasOwn(settable, option))
      fail(`unknown option ${option}; use basePath, names, blocked, ${Object.keys(checks).join(', ')}`);
  }

  /** @type {Mock} */
  const mock = {
    basePath,
    blocked,
    behaviour: Object.seal(Object.defineProperties(/** @type {Behaviour} */ ({}), settable)),
    accounts: {
      list: () => [...byName.values()].map((account) => ({ ...account })).reverse(),
      add(name, privacy = defaultPrivacy) {
        checkText('a name', name);
        if (inUse(name)) throw new Error(`the name "${name}" is in use`);
        create(name, privacy);
      },
      remove(name) {
        const found = [...byName.keys()].find((other) => key(other) === key(name));
        if (found === undefined) return false;
        byName.delete(found);
        compareAnew();
        return true;
      },
      clear() {
        byName.clear();
        keys.clear();
      },
    },
    get requests() {
      return structuredClone(journal);
    },
    coverage: () => ({
      answers: Object.fromEntries(documented.map((status) => [status, met.get(status) ?? 0])),
      missing: documented.filter((status) => !met.has(status)),
      other: Object.fromEntries([...met].filter(([status]) => !documented.includes(status))),
    }),
    reset() {
      Object.assign(mock.behaviour, configured);
      mock.blocked = blocked;
      mock.accounts.clear();
      configuredNames.forEach((name) => inUse(name) || create(name, defaultPrivacy));
      journal = [];
    },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const path = decoded(new URL(request.url).pathname);
      const endpoint = {
        usersPath: `${basePath}/users/`,
        assumptions: rules.assumptions,
        privacy: rules.privacy,
        inUse,
        create,
        blocked: () => (typeof mock.blocked === 'function' ? mock.blocked(request) : mock.blocked),
      };
      // A page's own request for an icon uses up no fault.
      const draw = creates(endpoint, request.method, path) ? drawn() : { latency: 0, fault: '', forced: 0 };
      const entry = {
        id: ++arrived,
        time: new Date().toISOString(),
        method: request.method,
        path,
        name: '',
        privacy: '',
        status: 0,
        rule: 'client-gone',
        detail: '',
        fault: draw.fault,
        duration_ms: 0,
      };
      journal = [...journal, entry].slice(-journalLength);
      const started = performance.now();
      try {
        await wait(draw.latency, request.signal);
        if (draw.fault === 'reset') {
          entry.rule = 'fault';
          throw new TypeError('Failed to fetch');
        }
        const { body, headers, ...answer } =
          draw.fault === 'unavailable'
            ? unavailable()
            : decide(endpoint, request, path, { headersDistinct: init?.headersDistinct, forced: draw.forced });
        Object.assign(entry, answer);
        if (draw.fault === 'drop-after-commit') throw new TypeError('Failed to fetch');
        met.set(answer.status, (met.get(answer.status) ?? 0) + 1);
        return new Response(request.method === 'HEAD' ? null : JSON.stringify(body), {
          status: answer.status,
          headers: { 'Content-Type': 'application/json', ...headers },
        });
      } finally {
        entry.duration_ms = performance.now() - started;
      }
    },
  };
  Object.assign(mock.behaviour, behaviour);
  const configured = { ...mock.behaviour };
  mock.reset();
  return mock;

  /** What happens to the next request that would create. */
  function drawn() {
    const [low, high] = parseLatency(rules.latency);
    const latency = low + luck() * (high - low);
    const hit = rules.faults.find((spec) => (spec.rate === undefined ? take(spec) : luck() < spec.rate));
    rules.faults = rules.faults.filter(({ next }) => next !== 0);
    const instead = hit?.fault === 'reset' || hit?.fault === 'unavailable';
    const forced = instead ? undefined : rules.forced.find(take);
    rules.forced = rules.forced.filter(({ next }) => next !== 0);
    return { latency, fault: hit?.fault ?? '', forced: forced?.status };
  }
}

/** @type {Record<keyof Behaviour, (value: any) => void>} */
const checks = {
  privacy(/** @type {string[]} */ settings) {
    checkTexts('privacy', 'a setting', settings);
    if (!settings.length) fail('privacy needs one setting at least');
  },
  assumptions: (/** @type {Record<string, string>} */ chosen) => Object.entries(chosen).forEach(checkAssumption),
  latency: parseLatency,
  faults: (/** @type {Fault[]} */ faults) =>
    checkList('faults', faults).forEach(({ fault, next, rate }) => {
      if (!faultNames.includes(fault))
        fail(`unknown fault "${fault}"; use one of ${faultNames.join(', ')}, or the mock server`);
      if ((next === undefined) === (rate === undefined)) fail(`the fault ${fault} needs either next or rate`);
      if (rate === undefined) checkNext(next);
      else if (!(rate > 0 && rate <= 1)) fail(`rate cannot be ${rate}; use a number above 0 and at most 1`);
    }),
  forced: (/** @type {Forced[]} */ forced) =>
    checkList('forced', forced).forEach(({ status, next }) => {
      if (!documented.includes(status))
        fail(`the answer ${status} is not documented; use one of ${documented.join(', ')}`);
      checkNext(next);
    }),
  seed(seed) {
    if (!Number.isSafeInteger(seed)) fail(`seed cannot be ${seed}; use a whole number`);
  },
};

function checkAssumption(/** @type {[string, string]} */ [id, value]) {
  const assumption = assumptions.find((known) => known.id === id);
  if (!assumption)
    return fail(`unknown assumption "${id}"; use one of ${assumptions.map((known) => known.id).join(', ')}`);
  const { kind, values = [] } = assumption;
  const members = Object.keys(answers[400]);
  const given = `${value}`.split(',');
  const [right, use] =
    kind === 'choice'
      ? [values.includes(value), values.join(' or ')]
      : kind === 'integer'
        ? [/^\d+$/.test(value), 'a whole number, 0 or more']
        : kind === 'members'
          ? [
              given.includes('code') && given.every((member) => members.includes(member)),
              `some of ${members}; code is needed`,
            ]
          : [true, 'a text'];
  if (!right || typeof value !== 'string')
    fail(`the assumption ${id} cannot be ${JSON.stringify(value)}; use ${use}, as a string`);
}

/** @template T @param {string} what @param {T[]} value */
function checkList(what, value) {
  if (!Array.isArray(value)) fail(`${what} must be a list`);
  return value;
}

function checkTexts(/** @type {string} */ list, /** @type {string} */ item, /** @type {string[]} */ texts) {
  checkList(list, texts).forEach((text) => checkText(item, text));
}

function checkText(/** @type {string} */ what, /** @type {string} */ text) {
  const problem = typeof text === 'string' ? textProblem(text) : 'is not a string';
  if (problem) fail(`${what} ${problem}: ${JSON.stringify(text)}`);
}

function checkNext(/** @type {number | undefined} */ next) {
  if (!Number.isSafeInteger(next) || Number(next) < 1) fail(`next cannot be ${next}; use 1 or more`);
}

/** @returns {never} */
function fail(/** @type {string} */ message) {
  throw new TypeError(`createMock: ${message}`);
}

/** Counts down, and reports whether there was something left. */
function take(/** @type {{ next?: number }} */ spec) {
  return spec.next !== undefined && spec.next-- > 0;
}

function unavailable() {
  return {
    status: 503,
    rule: 'fault',
    body: { code: '503', description: 'The mock was told to be unavailable.' },
    headers: { 'Retry-After': '1' },
  };
}

function decoded(/** @type {string} */ path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The shortest and the longest latency, in milliseconds. */
function parseLatency(/** @type {string} */ text) {
  const [low, high = low] = `${text}`.split('..').map((duration) => {
    const parts = [...duration.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g)];
    if (duration !== '0' && (!parts.length || parts.map(([part]) => part).join('') !== duration)) return NaN;
    return parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit], 0);
  });
  if (!(low <= high && high <= units.h)) {
    fail(`latency cannot be "${text}"; use a duration such as 20ms or a range such as 10ms..50ms, at most 1h`);
  }
  return [low, high];
}

/** Waits. Rejects as fetch does when the signal is aborted first: the request has no effect then. */
async function wait(/** @type {number} */ ms, /** @type {AbortSignal} */ signal) {
  signal.throwIfAborted();
  if (ms <= 0) return;
  await new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(signal.reason);
      },
      { once: true },
    );
  });
}

/** A generator of numbers from 0 up to, not including, 1 (xorshift). */
function random(/** @type {number} */ seed) {
  let state = Math.imul(seed, 0x9e3779b1) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
