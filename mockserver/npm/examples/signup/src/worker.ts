import { setupWorker } from 'msw/browser';
import { handlers, mock } from './mocks';

/** Starts the mock in a service worker. `?blocked` in the page's URL makes the caller a blocked one. */
export async function startWorker() {
  mock.blocked = new URLSearchParams(location.search).has('blocked');
  await setupWorker(...handlers).start({ onUnhandledRequest: 'bypass', quiet: true });
}
