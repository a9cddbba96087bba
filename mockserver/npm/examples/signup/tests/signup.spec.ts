import { expect, test } from '@connectmypairs/mock/playwright';
import type { Page } from '@playwright/test';

test.beforeEach(async ({ page, mock }) => {
  await page.addInitScript((baseURL) => {
    window.baseURL = baseURL;
  }, mock.baseURL);
  await page.goto('/');
});

async function signUp(page: Page, name: string, privacy = 'Everybody') {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Who sees you').selectOption(privacy);
  await page.getByRole('button', { name: 'Sign up' }).click();
}

async function says(page: Page, text: string, screenshot?: string) {
  await expect(page.getByRole('status')).toContainText(text);
  if (screenshot) await page.screenshot({ path: test.info().outputPath(`${screenshot}.png`) });
}

// The tests run at the same time, with the same names: each worker has a mock of its own.
test('a free name', async ({ page }) => {
  await signUp(page, 'bob', 'Only people you know');
  await says(page, 'Welcome, bob! Your account is private.', '201');
});

test('a name in use', async ({ page }) => {
  await signUp(page, 'alice');
  await says(page, 'The name alice is taken.', '409');
});

test('a setting that the API does not know', async ({ page }) => {
  await signUp(page, 'bob', 'Friends of friends (not there yet)');
  await says(page, 'Privacy was invalid', '400');
});

test('a blocked address', async ({ page, mock }) => {
  await mock.control.POST('/blocked', { body: ['caller'] });
  await signUp(page, 'bob');
  await says(page, 'You cannot sign up from here', '403');
});

test('an answer that gets lost', async ({ page, mock }) => {
  await mock.control.PUT('/behaviour', { body: { faults: [{ fault: 'drop-after-commit', rate: 1 }] } });
  await signUp(page, 'bob');
  await says(page, 'The service did not answer.');
  await mock.control.PUT('/behaviour', { body: { faults: [] } });
  await signUp(page, 'bob');
  await says(page, 'The name bob is taken.');
});
