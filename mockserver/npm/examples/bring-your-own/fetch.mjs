// The adapter for everything else: a function that answers requests as fetch does, here with a mistake in it. The code
// of a 409 is a string in the documentation.
import { mock } from './mock.mjs';

export const baseURL = 'http://localhost/connectmypairs';

export default async function fetch(url, init) {
  const { status, body } = mock(init.method, new URL(url).pathname, new Headers(init.headers));
  return Response.json(body, { status });
}
