import { startMock } from './index.js';

/**
 * Returns a plugin for Vite that starts the mock with the dev server, proxies the base path, the spaces and the control
 * API to it, prints the URL of its dashboard, and ends it with the dev server. The page's client is configured with the
 * base path alone.
 * @param {import('./index.js').Options} [options]
 * @returns {import('vite').Plugin}
 */
export function connectmypairs(options = {}) {
  /** @type {Promise<import('./index.js').MockServer> | undefined} */
  let mock;
  let servers = 0; // a restart makes a new one before it closes the old
  return {
    name: 'connectmypairs-mock',
    // Vitest is served by Vite, too; its tests say themselves what they mock.
    apply: (_, { command }) => command === 'serve' && !process.env.VITEST,
    async config() {
      mock ??= startMock(options);
      const { root: target, baseURL } = await mock;
      const { pathname } = new URL(baseURL);
      return { server: { proxy: { [`${pathname}/`]: target, '/~': target, '/__mock': target } } };
    },
    configureServer(server) {
      const printUrls = server.printUrls.bind(server);
      server.printUrls = () => {
        printUrls();
        const url = server.resolvedUrls?.local[0];
        if (url) server.config.logger.info(`  ➜  Mock:    ${new URL('/__mock/', url)}`);
      };
      servers++;
      server.httpServer?.once('close', async () => {
        if (--servers > 0) return;
        const ending = mock;
        mock = undefined;
        await (await ending)?.stop().catch((error) => server.config.logger.error(error.message));
      });
    },
  };
}
