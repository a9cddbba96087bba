// With the server: over the network, each worker in a space of its own.
import { test } from '@connectmypairs/mock/vitest';
import { expect } from 'vitest';
import { createAccount } from './createAccount';

test('a name can be used once', async ({ mock }) => {
  expect(await createAccount(mock.baseURL, 'erin', 'Private')).toEqual({ name: 'erin', privacy: 'Private' });
  expect(await createAccount(mock.baseURL, 'erin', 'Private')).toEqual({ name: 'erin', code: '409' });
  const { data } = await mock.control.GET('/requests', { params: { query: { name: 'erin' } } });
  expect(data?.total).toBe(2);
});

test('the name that the test before used is free again', async ({ mock }) => {
  expect(await createAccount(mock.baseURL, 'erin', 'Public')).toEqual({ name: 'erin', privacy: 'Public' });
});

test('a blocked address', async ({ mock }) => {
  await mock.control.POST('/blocked', { body: ['caller'] });
  const answer = await createAccount(mock.baseURL, 'erin', 'Public');
  expect(answer).toEqual({ description: 'Your IP address was blocked.', code: '403' });
});

test('a setting that does not exist', async ({ mock }) => {
  expect((await createAccount(mock.baseURL, 'erin', 'Friends')).code).toBe('400');
});
