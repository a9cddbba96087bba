// The installed programs, called as a user's shell calls them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { binary } from '@connectmypairs/conformance/launch.js';

/** The folder in which the packages are installed. */
export const folder = fileURLToPath(new URL('..', import.meta.url));

/** The script behind connectmypairs-mock or connectmypairs-conformance. */
export const launcher = (name) =>
  join(folder, 'node_modules', '@connectmypairs', name, 'bin', `connectmypairs-${name}.js`);

/** The example with a form. */
export const signup = join(folder, 'examples', 'signup');

/** Whether a command of npm's needs a shell to start it. */
export const shell = process.platform === 'win32';

/** Starts a command and collects what it writes. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const streams = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      streams[name] += text;
    });
  }
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, ...streams }));
  });
  const ready = Promise.race([
    new Promise((resolve) => child.stdout.once('data', (text) => resolve(text.trim()))),
    ended.then(({ code, stderr }) => {
      throw new Error(`it ended with ${code}: ${stderr}`);
    }),
  ]);
  ready.catch(() => {}); // for those who only wait for the end
  return { child, ended, ready };
}

/** Starts a script of the example with a form. */
export const npmRun = (script, ...args) =>
  start('npm', ['run', '--silent', script, ...(args.length ? ['--', ...args] : [])], { cwd: signup, shell });

/** Waits for a command that was started to end with 0, and returns its output. */
export async function succeeds({ ended }) {
  const { code, stdout, stderr } = await ended;
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

/** Judges with the installed suite, without its launcher. */
export async function judge(...flags) {
  const reports = mkdtempSync(join(tmpdir(), 'report '));
  try {
    const file = join(reports, 'report.json');
    const result = await start(binary('conformance'), ['--json', file, ...flags]).ended;
    const report = result.code === 0 || result.code === 1 ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    return { ...result, report };
  } finally {
    rmSync(reports, { recursive: true });
  }
}

/** Resolves when nothing answers at a URL any more. */
export async function gone(url) {
  const answers = () => fetch(url).then((answer) => answer.body.cancel().then(() => true), () => false);
  while (await answers());
}
