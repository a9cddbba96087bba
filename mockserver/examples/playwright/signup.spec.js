import { expect, test } from "./fixtures.js";

async function signUp(page, name) {
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Sign up" }).click();
}

test.beforeEach(({ page, mock }) => page.goto(`/?api=${mock.baseURL}`));

// Several workers run each test at the same time (repeatEach), with the same names.
test("a name can be used once", async ({ page, mock }) => {
  await signUp(page, "alice");
  await expect(page.getByRole("status")).toHaveText("Welcome!");
  await signUp(page, "alice");
  await expect(page.getByRole("status")).toHaveText("This name is taken.");
  expect((await mock.control("GET", "requests")).total).toBe(2);
});

test("a blocked address", async ({ page, mock }) => {
  await mock.control("POST", "blocked", ["caller"]);
  await signUp(page, "alice");
  await expect(page.getByRole("status")).toHaveText("You are blocked.");
});

test("a connection that breaks", async ({ page, mock }) => {
  await mock.control("PUT", "behaviour", { faults: [{ fault: "reset", rate: 1 }] });
  await signUp(page, "alice");
  await expect(page.getByRole("status")).toHaveText("Something went wrong. Try again.");
});
