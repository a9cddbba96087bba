// One mock server for all workers of a run of Playwright or Vitest, and the gate at the run's end.
import { connect, startMock, tokenVariable } from './index.js';

/** The runners start their workers with this environment. */
const variable = 'CONNECTMYPAIRS_MOCK_URL';

/**
 * Returns what a file of `globalSetup` exports as its default, in Playwright and in Vitest. It starts the mock server
 * before all tests and stops it after them.
 * @param {import('./index.js').Options & { require?: number[] | undefined }} [options] `require` fails the run when its
 *   tests have not met each of these answers, in whatever worker
 */
export function globalSetup({ require: required = [], ...options } = {}) {
  return async () => {
    const server = await startMock(options);
    const { [variable]: urlBefore, [tokenVariable]: tokenBefore } = process.env;
    setVariable(variable, server.baseURL);
    if (options.token) setVariable(tokenVariable, options.token);
    return async () => {
      const { exitCode } = process;
      process.exitCode = 1; // Vitest 4 prints what a teardown throws, and succeeds
      // Of the main mock and all spaces, those included that are gone.
      const { data } = await server.control.GET('/coverage', { params: { query: { space: '*' } } });
      await server.stop();
      setVariable(variable, urlBefore);
      setVariable(tokenVariable, tokenBefore);
      const missing = required.filter((status) => !data?.answers[status]);
      if (missing.length)
        throw new Error(`no test has met ${missing.join(', ')}; the run requires ${required.join(', ')}`);
      process.exitCode = exitCode;
    };
  };
}

/** @param {string} name @param {string | undefined} value; an environment has no other way to say undefined */
function setVariable(name, value) {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/**
 * Lends one test the space of its worker, as configured.
 * @param {string} name of the space
 * @param {(space: import('./index.js').Space) => Promise<void>} use
 */
export async function withSpace(name, use) {
  const url = process.env[variable];
  if (!url) {
    throw new Error(
      'no mock server runs; let globalSetup in the configuration name a file that exports globalSetup() of ' +
        '@connectmypairs/mock/global-setup',
    );
  }
  const space = connect(url).space(name);
  await space.control.POST('/reset');
  await use(space);
}
