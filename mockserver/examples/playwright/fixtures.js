import { test as base } from "@playwright/test";

const server = process.env.MOCKSERVER ?? "http://localhost:8080";

// One space for each worker. Workers run at the same time; the tests within a worker run one after the other.
export const test = base.extend({
  mock: async ({ request }, use, testInfo) => {
    const root = `${server}/~playwright-${testInfo.parallelIndex}`;
    const control = async (method, path, data) => {
      const answer = await request.fetch(`${root}/__mock/${path}`, { method, data });
      if (!answer.ok()) throw new Error((await answer.json()).detail);
      return answer.status() === 204 ? undefined : answer.json();
    };
    await control("POST", "reset");
    await use({ baseURL: `${root}/connectmypairs`, control });
  },
});
export { expect } from "@playwright/test";
