// The control API, at URLs relative to the page: so the same page serves the mock and every space.

// ApiError is a refusal by the server, or no answer at all (status 0). Its message is for people.
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// send makes a request and returns the Response of a success.
export async function send(method, path, body) {
  const init = { method, cache: 'no-store' };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { 'Content-Type': 'application/json' };
  }
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new ApiError(0, 'The mock server cannot be reached.');
  }
  if (!response.ok) throw new ApiError(response.status, await reason(response));
  return response;
}

export const get = async (path) => (await send('GET', path)).json();
export const put = async (path, body) => (await send('PUT', path, body)).json();
export const post = (path, body) => send('POST', path, body);
export const remove = (path) => send('DELETE', path);

// reason is what the server says was wrong: the detail of its problem document (RFC 9457).
async function reason(response) {
  const text = await response.text();
  try {
    const problem = JSON.parse(text);
    if (problem.detail) return problem.detail;
    if (problem.title) return problem.title;
  } catch {
    // Not a problem document: whatever it is, it is better than nothing.
  }
  return text.trim() || `The mock server answered with status ${response.status}.`;
}
