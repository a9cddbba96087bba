export { expect } from "@playwright/test";
/**
 * Playwright's test with the fixture `mock`: the space of the worker, which is as configured when a test begins. Its
 * server is started by globalSetup of `@connectmypairs/mock/global-setup`.
 * @type {import('@playwright/test').TestType<
 *   import('@playwright/test').PlaywrightTestArgs & import('@playwright/test').PlaywrightTestOptions &
 *     { mock: import('./index.js').Space },
 *   import('@playwright/test').PlaywrightWorkerArgs & import('@playwright/test').PlaywrightWorkerOptions>}
 */
export const test: import("@playwright/test").TestType<import("@playwright/test").PlaywrightTestArgs & import("@playwright/test").PlaywrightTestOptions & {
    mock: import("./index.js").Space;
}, import("@playwright/test").PlaywrightWorkerArgs & import("@playwright/test").PlaywrightWorkerOptions>;
