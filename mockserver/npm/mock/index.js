// Where nothing declares AsyncDisposable, all of MockServer would be `any`.
/// <reference lib="esnext.disposable" preserve="true" />
import { spawn } from 'node:child_process';
import createClient from 'openapi-fetch';
import { binary } from './launch.js';

/**
 * @typedef {import('@connectmypairs/mock/endpoint-api').components['schemas']} EndpointSchemas
 * @typedef {EndpointSchemas['Created']} Created
 * @typedef {EndpointSchemas['Invalid']} Invalid
 * @typedef {EndpointSchemas['Blocked']} Blocked
 * @typedef {EndpointSchemas['Conflict']} Conflict
 * @typedef {Created & { code?: undefined } | Invalid | Blocked | Conflict} Answer
 *   The body of any documented answer. `code` tells them apart: a 201 has none.
 * @typedef {import('@connectmypairs/mock/endpoint-api').paths} EndpointPaths for a client of openapi-fetch
 * @typedef {import('@connectmypairs/mock/control-api').paths} ControlPaths
 * @typedef {import('@connectmypairs/mock/control-api').components['schemas']['Coverage']} Coverage
 * @typedef {import('openapi-fetch').Client<ControlPaths>} Control a client of the control API
 *
 * @typedef {object} Space
 * @property {string} baseURL what a client of the endpoint is configured with
 * @property {Control} control
 * @property {() => Promise<Coverage>} coverage which documented answers clients have met; it outlasts resets
 *
 * @typedef {object} OfServer
 * @property {string} root URL of the server, without a slash at its end
 * @property {(name: string) => Space} space accounts, blocked addresses, behaviour, journal and coverage apart from all
 *   others'
 * @property {() => Promise<void>} stop resolves when the server has ended; rejects with its log when it had failed
 * @property {() => string} log the newest 64 KiB of it
 * @typedef {Space & OfServer & AsyncDisposable} MockServer
 *
 * @typedef {object} Options Those of the program, each under its flag's meaning.
 * @property {string} [listen] `localhost:0`, a free port; beyond loopback, give a token
 * @property {string} [token] what callers of the control API must show, and what `control` sends; where it is left out,
 *   that of the environment, MOCKSERVER_CONTROL_TOKEN, if any
 * @property {string} [basePath]
 * @property {string[]} [names] in use already
 * @property {string[]} [blocked] addresses and CIDRs
 * @property {string[]} [privacy] settings that are accepted
 * @property {Record<string, string>} [assumptions] by id
 * @property {string} [latency] such as `20ms` or `10ms..50ms`
 * @property {string[]} [faults] `reset`, or `reset=0.1` for a tenth of the requests
 * @property {number} [seed]
 * @property {string} [config] a configuration file
 * @property {string[]} [args]
 *   any other flags; when one of them, or the file, moves the control API or gives it a token,
 *   `control` does not reach it
 */

const longestLog = 64 << 10;

/** The server reads its token from the environment, where no list of processes shows it. Empty is unset. */
export const tokenVariable = 'MOCKSERVER_CONTROL_TOKEN';

/**
 * Starts the mock server as a process of its own and resolves when it is ready. It ends with this process, however that
 * ends.
 * @param {Options} [options]
 * @returns {Promise<MockServer>}
 */
export async function startMock(options = {}) {
  const { token = process.env[tokenVariable] ?? '', ...others } = options;
  const child = run(flags(others), token);
  let log = '';
  child.stdin.on('error', () => {}); // it had ended already, and stop says how
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log = (log + text).slice(-longestLog);
  });
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code === 0 ? '' : `it ended with ${signal ?? `exit code ${code}`}`));
  });
  const baseURL = await Promise.race([
    new Promise((resolve) => child.stdout.setEncoding('utf8').once('data', (line) => resolve(line.trim()))),
    ended.then((why) => {
      throw new Error(`the mock server did not start: ${why}\n${log}`);
    }),
  ]);
  // Neither the process nor its pipes keep this one alive; its end closes stdin, which ends the server.
  const pipes = /** @type {import('node:net').Socket[]} */ ([child.stdin, child.stdout, child.stderr]);
  const handles = [child, ...pipes];
  for (const handle of handles) handle.unref();

  const stop = async () => {
    for (const handle of handles) handle.ref(); // for the server has ended when its pipes have
    child.stdin.end();
    const why = await ended;
    if (why) throw new Error(`the mock server failed: ${why}\n${log}`);
  };
  const server = connect(baseURL, token);
  return { ...server, stop, log: () => log, [Symbol.asyncDispose]: stop };
}

/** @param {string[]} args @param {string} token */
function run(args, token) {
  try {
    return spawn(binary('mock'), args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      env: { ...process.env, [tokenVariable]: token },
    });
  } catch (error) {
    if (!/E2BIG|ENAMETOOLONG/.test(/** @type {any} */ (error).code)) throw error; // the latter on Windows
    throw new Error(
      'the mock server did not start: the options are too long for a command line; put long lists into a configuration ' +
        'file, { config: "mock.yaml" }, or the names into a file of lines, { args: ["--names-file", "names.txt"] }',
      { cause: error },
    );
  }
}

/**
 * Returns what startMock does of a server that runs already, but for what ends it.
 * @param {string} baseURL of the mock, or of a space
 * @param {string} [token] of its control API
 */
export function connect(baseURL, token = process.env[tokenVariable]) {
  const { origin, pathname } = new URL(baseURL);
  const basePath = pathname.replace(/^\/~[^/]+/, '').replace(/\/$/, '');
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  /** @returns {Space} */
  const at = (/** @type {string} */ prefix) => {
    /** @type {Control} */
    const control = createClient({ baseUrl: `${origin}${prefix}/__mock`, headers });
    control.use({
      onResponse: async ({ request, response }) => {
        if (response.ok) return;
        const problem = await response
          .clone()
          .json()
          .catch(() => ({}));
        // What is no call of the control API is answered by the endpoint, in its words.
        const why = problem.detail ?? problem.description ?? response.statusText;
        throw new Error(`${request.method} ${request.url}: ${why}`);
      },
    });
    return {
      baseURL: `${origin}${prefix}${basePath}`,
      control,
      coverage: async () => /** @type {Coverage} */ ((await control.GET('/coverage')).data),
    };
  };
  return {
    root: origin,
    ...at(pathname.match(/^\/~[^/]+/)?.[0] ?? ''),
    space: (/** @type {string} */ name) => at(`/~${name}`),
  };
}

/** @returns {string[]} */
function flags(/** @type {Options} */ options) {
  const { listen = 'localhost:0', args = [], assumptions, ...others } = options;
  const names = { basePath: 'base-path', names: 'name', blocked: 'blocked-ip', faults: 'fault' };
  const given = { listen, ...others, assume: Object.entries(assumptions ?? {}).map((pair) => pair.join('=')) };
  return [
    '--exit-with-stdin',
    ...Object.entries(given).flatMap(([option, value]) =>
      [value ?? []].flat().map((one) => `--${/** @type {any} */ (names)[option] ?? option}=${one}`),
    ),
    ...args,
  ];
}
