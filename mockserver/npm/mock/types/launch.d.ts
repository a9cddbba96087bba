/**
 * Returns the path of the binary, or throws an error that says what to do.
 * @param {'mock' | 'conformance'} of the package that has the program
 */
export function binary(of: "mock" | "conformance"): string;
/**
 * Runs the program with these arguments, and ends this process as it ends: with its exit code, or by the same signal.
 * @param {'mock' | 'conformance'} of
 * @param {string[]} args
 * @param {number} failure the exit code when it cannot be run
 * @param {Record<string, string>} [environment] more of it; with some, the program's standard input lasts as long as
 *   this process
 * @returns {Promise<void>} settles when the program has ended, before this process does
 */
export function launch(of: "mock" | "conformance", args: string[], failure: number, environment?: Record<string, string>): Promise<void>;
