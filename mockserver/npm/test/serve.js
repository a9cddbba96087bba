// Puts the handler behind node:http, so that what speaks HTTP can be asked about it.
import { createServer } from 'node:http';

/**
 * Serves a fetch function on a free port of loopback.
 * @param {(input: string, init: object) => Promise<Response>} fetch
 */
export async function serve(fetch) {
  const server = createServer(
    { maxHeaderSize: 1 << 20 },
    async ({ method, url, headers, headersDistinct }, outgoing) => {
      const answer = await fetch(`http://${headers.host}${url}`, { method, headers, headersDistinct });
      outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
    },
  );
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  server.unref(); // a test that fails before it closes this ends all the same
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
