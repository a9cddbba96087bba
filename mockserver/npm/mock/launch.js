// Finds the static binary of a program, which an optional dependency for the platform brings, and runs it in place of
// this process as well as Node can. Packing copies this file into the package conformance.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { isatty } from 'node:tty';

/** The program in each package. */
const programs = { mock: 'mockserver', conformance: 'conformance' };

/**
 * Returns the path of the binary, or throws an error that says what to do.
 * @param {'mock' | 'conformance'} of the package that has the program
 */
export function binary(of) {
  const variable = `CONNECTMYPAIRS_${of.toUpperCase()}_BINARY`;
  const given = process.env[variable];
  if (given) return given;
  const packaged = `@connectmypairs/${of}-${process.platform}-${process.arch}`;
  const extension = process.platform === 'win32' ? '.exe' : '';
  try {
    return createRequire(import.meta.url).resolve(`${packaged}/bin/${programs[of]}${extension}`);
  } catch {
    throw new Error(`the package ${packaged}, which has the program for this platform, is not installed.
  - npm leaves it out with --omit=optional or --no-optional: install again without that.
  - A node_modules folder from another machine or container has another platform's: delete it, and install again.
  - There are packages for linux, darwin and win32 on x64 and arm64. For any other platform, build it with Go:
      go install github.com/clicksminuteper/connectmypairs-contract/${programs[of]}@latest
    and set ${variable} to its path.`);
  }
}

/**
 * Runs the program with these arguments, and ends this process as it ends: with its exit code, or by the same signal.
 * @param {'mock' | 'conformance'} of
 * @param {string[]} args
 * @param {number} failure the exit code when it cannot be run
 * @param {Record<string, string>} [environment] more of it; with some, the program's standard input lasts as long as
 *   this process
 * @returns {Promise<void>} settles when the program has ended, before this process does
 */
export function launch(of, args, failure, environment) {
  return new Promise((ended) => {
    const fail = (/** @type {Error} */ error) => {
      console.error(`connectmypairs-${of}: ${error.message}`);
      process.exitCode = failure;
      ended();
    };
    let path;
    try {
      path = binary(of);
    } catch (error) {
      fail(/** @type {Error} */ (error));
      return;
    }
    const child = spawn(path, args, {
      stdio: [environment ? 'pipe' : 'inherit', 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
    });
    // A terminal sends these to every process in the foreground, the program too; a second one would end it at once.
    const terminal = [0, 1, 2].some(isatty);
    /** @type {[NodeJS.Signals, () => void][]} */
    const forwarded = [
      ['SIGTERM', () => child.kill('SIGTERM')],
      ['SIGINT', () => terminal || child.kill('SIGINT')],
      ['SIGHUP', () => terminal || child.kill('SIGHUP')],
    ];
    for (const [signal, forward] of forwarded) process.on(signal, forward);
    // Whoever ends npx or npm run ends the shell between it and this process, and no more.
    const parent = process.ppid;
    const orphaned = () => process.ppid !== parent && child.kill('SIGTERM');
    const watch = process.env.npm_config_user_agent && setInterval(orphaned, 250);
    // Whatever else ends this process, such as what conformance serves, ends the program, too.
    const end = () => child.kill('SIGTERM');
    process.on('exit', end);
    const release = () => {
      process.off('exit', end);
      clearInterval(watch || undefined);
      for (const [name, forward] of forwarded) process.off(name, forward);
    };
    child.on('error', (error) => {
      release();
      fail(error);
    });
    child.on('exit', (code, signal) => {
      release();
      process.exitCode = code ?? failure;
      ended();
      if (signal) process.kill(process.pid, signal);
    });
  });
}
