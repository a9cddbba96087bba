// Bring your own mock, prove it: puts somebody's own handlers behind node:http, for the program to judge.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

/** The base URL that the page documents, which mocks of it are written for. */
const documentedURL = 'https://api.clicksminuteper.net/connectmypairs';
const basePath = '/connectmypairs';
const statesPath = '/provider-states';
/** What is served is called within the page, where CORS has no part: it keeps no page from calling. */
const everyPage = { 'access-control-allow-origin': '*' };

/**
 * Takes `--serve FILE` from the arguments.
 * @param {string[]} args
 * @returns {{ file?: string, args: string[] }}
 */
export function readServe(args) {
  const at = args.findIndex((arg) => arg === '--serve' || arg.startsWith('--serve='));
  if (at < 0) return { args };
  const inline = args[at].startsWith('--serve=');
  const file = inline ? args[at].slice('--serve='.length) : args[at + 1];
  return { file: file ?? '', args: args.toSpliced(at, inline ? 1 : 2) };
}

/**
 * Serves what a module exports on a free port of loopback.
 * @param {string} file exports, as default or by name, `handlers` (a list of MSW's) or `fetch`; and, when it has one,
 *   `baseURL` of its requests and `setBlocked(blocked)`, which makes the caller a blocked one and back
 * @returns {Promise<{ args: string[], close: () => void }>} what the program is told
 */
export async function serve(file) {
  if (!file) throw new Error('--serve needs a file, such as --serve handlers.mjs');
  const module = await import(pathToFileURL(resolve(file)).href).catch((error) => {
    throw new Error(`--serve ${file}: ${error.message}`);
  });
  const { baseURL = documentedURL, setBlocked } = module;
  const answer = await answering(file, module, baseURL);
  const server = createServer({ maxHeaderSize: 1 << 20 }, async (incoming, outgoing) => {
    const body = await buffer(incoming);
    try {
      if (setBlocked && incoming.url === statesPath) {
        const { action } = JSON.parse(body.toString());
        await setBlocked(action !== 'teardown');
        outgoing.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
        return;
      }
      const { method = 'GET', headers, headersDistinct } = incoming;
      if (headers['access-control-request-method']) {
        outgoing.writeHead(204, { ...everyPage, 'access-control-allow-headers': '*' }).end();
        return;
      }
      const url = baseURL.replace(/\/$/, '') + String(incoming.url).slice(basePath.length);
      const init = { method, headers, headersDistinct, redirect: 'manual', ...(body.length && { body }) };
      const response = await answer(url, init);
      if (typeof response?.arrayBuffer !== 'function')
        throw new Error(`--serve ${file}: the answer must be a Response, was ${inspect(response)}`);
      if (response.type === 'error') throw new TypeError('Response.error()');
      outgoing
        .writeHead(response.status, { ...everyPage, ...Object.fromEntries(response.headers) })
        .end(Buffer.from(await response.arrayBuffer()));
    } catch (error) {
      if (!(error instanceof TypeError)) console.error(error);
      outgoing.destroy(); // as the page that calls it would see it: no answer
    }
  });
  await new Promise((ready, failed) => server.on('error', failed).listen(0, '127.0.0.1', () => ready(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const root = `http://127.0.0.1:${port}`;
  return {
    args: ['--url', root + basePath, ...(setBlocked ? ['--blocked-via', `states=${root}${statesPath}`] : [])],
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** @returns {Promise<(url: string, init: any) => Promise<Response>>} */
async function answering(/** @type {string} */ file, /** @type {any} */ module, /** @type {string} */ baseURL) {
  const given = module.default ?? {};
  const fetch = typeof given === 'function' ? given : (module.fetch ?? given.fetch);
  if (typeof fetch === 'function') return async (url, init) => fetch(url, init);
  const handlers = Array.isArray(given) ? given : module.handlers;
  if (!Array.isArray(handlers)) {
    throw new Error(
      `--serve ${file}: it exports neither handlers of MSW nor fetch; export one of them, as default or by name`,
    );
  }
  const msw = createRequire(resolve(file)).resolve('msw');
  const { getResponse } = await import(pathToFileURL(msw).href);
  return async (url, init) => {
    const response = await getResponse(handlers, new Request(url, init), { baseUrl: new URL(baseURL).origin });
    return response ?? Response.json({ description: `no handler for ${init.method} ${url}` }, { status: 404 });
  };
}
