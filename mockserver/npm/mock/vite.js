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
      const base = new URL(baseURL).pathname.replace(/\/$/, '') || '/users';
      // As regular expressions, for Vite takes any other key for a beginning, of /__mocks__ too.
      const paths = [base.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), '/__mock'];
      // The mock is to see which host it was called by: that is how it tells its own page from another's.
      const to = { target, changeOrigin: false };
      return { server: { proxy: Object.fromEntries(paths.map((path) => [`^(/~[^/]*)?${path}([/?]|$)`, to])) } };
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
