// The installed programs, called as a user's shell calls them.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder in which the packages are installed. */
export const folder = fileURLToPath(new URL('..', import.meta.url));

/** The script behind connectmypairs-mock or connectmypairs-conformance. */
export const launcher = (name) => join(folder, 'node_modules', '@connectmypairs', name, 'bin', `connectmypairs-${name}.js`);

/** Starts a command and collects what it writes. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const streams = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => { streams[name] += text; });
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, ...streams }));
  });
  const ready = Promise.race([
    new Promise((resolve) => child.stdout.once('data', (text) => resolve(text.trim()))),
    ended.then(({ code, stderr }) => { throw new Error(`it ended with ${code}: ${stderr}`); }),
  ]);
  ready.catch(() => {}); // for those who only wait for the end
  return { child, ended, ready };
}

/** Judges with the installed suite. */
export async function judge(...flags) {
  const reports = mkdtempSync(join(tmpdir(), 'report '));
  try {
    const file = join(reports, 'report.json');
    const result = await start(process.execPath, [launcher('conformance'), '--json', file, ...flags]).ended;
    const report = result.code === 0 || result.code === 1 ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    return { ...result, report };
  } finally {
    rmSync(reports, { recursive: true });
  }
}

/** Resolves when nothing answers at a URL any more. */
export async function gone(url) {
  for (;;) if (await fetch(url).then((answer) => answer.body.cancel().then(() => false), () => true)) return;
}
