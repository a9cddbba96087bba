// With the handler: no process, no port, a mock for each test.
import { createMock, type Mock } from '@connectmypairs/mock/handler';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createAccount } from './createAccount';
import { message } from './message';

let mock: Mock;
beforeEach(() => {
  mock = createMock({ names: ['alice'] });
  vi.stubGlobal('fetch', mock.fetch);
});
afterEach(() => vi.unstubAllGlobals());

const signUp = async (name: string, privacy = 'Public') =>
  message(await createAccount('http://api.test/connectmypairs', name, privacy)).text;

test('each documented answer has its message', async () => {
  expect(await signUp('bob', 'Private')).toBe('Welcome, bob! Your account is private.');
  expect(await signUp('alice')).toMatch('The name alice is taken');
  expect(await signUp('carol', 'Friends')).toMatch('Privacy was invalid');
  mock.blocked = true;
  expect(await signUp('carol')).toMatch('You cannot sign up from here');
  expect(mock.coverage().missing).toEqual([]);
});

test('a name beyond ISO-8859-1', async () => {
  expect(await signUp('Zoë Łukasiewicz')).toMatch('Welcome, Zoë Łukasiewicz!');
});

test('an answer that gets lost: the account is made all the same', async () => {
  mock.behaviour.faults = [{ fault: 'drop-after-commit', next: 1 }];
  await expect(signUp('dave')).rejects.toThrow(TypeError);
  expect(await signUp('dave')).toMatch('The name dave is taken');
  expect(mock.requests.map(({ status, fault }) => [status, fault])).toEqual([
    [201, 'drop-after-commit'],
    [409, ''],
  ]);
});
