/**
 * Returns a plugin for Vite that starts the mock with the dev server, proxies the base path, the spaces and the control
 * API to it, prints the URL of its dashboard, and ends it with the dev server. The page's client is configured with the
 * base path alone.
 * @param {import('./index.js').Options} [options]
 * @returns {import('vite').Plugin}
 */
export function connectmypairs(options?: import("./index.js").Options): import("vite").Plugin;
