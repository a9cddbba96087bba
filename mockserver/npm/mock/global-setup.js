// One mock server for all workers of a run of Playwright or Vitest, and the gate at the run's end.
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, startMock } from './index.js';

// The runners start their workers with this environment.
const urlVariable = 'CONNECTMYPAIRS_MOCK_URL';
const coverageVariable = 'CONNECTMYPAIRS_MOCK_COVERAGE';

/**
 * Returns what a file of `globalSetup` exports as its default, in Playwright and in Vitest. It starts the mock server before all
 * tests and stops it after them.
 * @param {import('./index.js').Options & { require?: number[] }} [options] `require` fails the run when its tests have not met
 *   each of these answers, in whatever worker
 */
export function globalSetup({ require: required = [], ...options } = {}) {
  return async () => {
    const server = await startMock(options);
    const folder = mkdtempSync(join(tmpdir(), 'connectmypairs-'));
    process.env[urlVariable] = server.baseURL;
    process.env[coverageVariable] = join(folder, 'coverage');
    appendFileSync(join(folder, 'coverage'), '');
    return async () => {
      const met = new Set(readFileSync(join(folder, 'coverage'), 'utf8').split('\n').filter(Boolean).map(Number));
      rmSync(folder, { recursive: true });
      await server.stop();
      const missing = required.filter((status) => !met.has(status));
      if (missing.length) throw new Error(`no test has met ${missing.join(', ')}; the run requires ${required.join(', ')}`);
    };
  };
}

/**
 * Lends one test the space of its worker, as configured.
 * @param {string} name of the space
 * @param {(space: import('./index.js').Space) => Promise<void>} use
 */
export async function withSpace(name, use) {
  const url = process.env[urlVariable];
  const coverage = process.env[coverageVariable];
  if (!url || !coverage) throw new Error('no mock server runs; name a file with globalSetup of @connectmypairs/mock/global-setup in the configuration');
  const space = connect(url).space(name);
  await space.control.POST('/reset');
  await use(space);
  const { answers } = await space.coverage();
  const met = Object.keys(answers).filter((status) => answers[status] > 0);
  appendFileSync(coverage, met.map((status) => `${status}\n`).join(''));
}
