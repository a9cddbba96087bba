import { test as base } from 'vitest';
import { withSpace } from './global-setup.js';

/**
 * Vitest's test with the fixture `mock`: the space of the worker, which is as configured when a test begins. Its server
 * is started by globalSetup of `@connectmypairs/mock/global-setup`.
 * @type {import('vitest').TestAPI<{ mock: import('./index.js').Space }>}
 */
export const test = base.extend({
  mock: async ({}, use) => withSpace(`vitest-${process.env.VITEST_POOL_ID}`, use),
});
