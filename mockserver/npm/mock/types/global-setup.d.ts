/**
 * Returns what a file of `globalSetup` exports as its default, in Playwright and in Vitest. It starts the mock server
 * before all tests and stops it after them.
 * @param {import('./index.js').Options & { require?: number[] | undefined }} [options] `require` fails the run when its
 *   tests have not met each of these answers, in whatever worker
 */
export function globalSetup({ require: required, ...options }?: import("./index.js").Options & {
    require?: number[] | undefined;
}): () => Promise<() => Promise<void>>;
/**
 * Lends one test the space of its worker, as configured.
 * @param {string} name of the space
 * @param {(space: import('./index.js').Space) => Promise<void>} use
 */
export function withSpace(name: string, use: (space: import("./index.js").Space) => Promise<void>): Promise<void>;
