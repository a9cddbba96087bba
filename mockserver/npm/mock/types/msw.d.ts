/**
 * Returns handlers for setupServer and setupWorker that let the mock answer all requests below a base URL.
 * @param {import('./handler.js').Mock} mock its basePath is the path of baseURL
 * @param {string} [baseURL] what the client is configured with; a path alone is one of the own origin, and one that
 *   begins with an asterisk is one of any origin
 */
export function handlers(mock: import("./handler.js").Mock, baseURL?: string): import("msw").HttpHandler[];
