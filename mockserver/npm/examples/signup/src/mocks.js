import { createMock } from '@connectmypairs/mock/handler';
import { handlers as handlersOf } from '@connectmypairs/mock/msw';

export const mock = createMock({ names: ['alice'] });

/** The URL at which a page on the same origin calls the API. */
export const baseURL = 'http://localhost:5173/connectmypairs';
export const handlers = handlersOf(mock, '*/connectmypairs');

/** Makes the caller blocked, or not. @param {boolean} blocked */
export function setBlocked(blocked) {
  mock.blocked = blocked;
}
