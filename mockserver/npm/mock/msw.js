import { http } from 'msw';

/**
 * Returns handlers for setupServer and setupWorker that let the mock answer all requests below a base URL.
 * @param {import('./handler.js').Mock} mock its basePath is the path of baseURL
 * @param {string} [baseURL] what the client is configured with; a path alone is one of the own origin, and one that
 *   begins with an asterisk is one of any origin
 */
export function handlers(mock, baseURL = `https://api.clicksminuteper.net${mock.basePath}`) {
  const path = new URL(baseURL.replace(/^\*/, ''), 'http://localhost').pathname.replace(/\/$/, '');
  if (path !== mock.basePath) {
    const difference = `${baseURL} has the path "${path}" and the mock "${mock.basePath}"`;
    throw new TypeError(`handlers: ${difference}; use createMock({ basePath: '${path}' })`);
  }
  // Response.error() is how MSW lets a request fail as a lost one does: fetch rejects with a TypeError.
  return [
    http.all(`${baseURL.replace(/\/$/, '')}/*`, ({ request }) =>
      mock.fetch(request).catch((error) => {
        if (error instanceof TypeError) return Response.error();
        throw error;
      }),
    ),
  ];
}
