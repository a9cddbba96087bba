// The control API, at URLs relative to the page: so the same page serves the mock and every space.

// ApiError is a refusal by the server, or no answer at all (status 0). Its message is for people.
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// The session stands for the control token, and lasts as long as the server runs. The server puts it into the fragment
// of the page's URL in exchange for a token in the query. It is kept where every tab of this origin finds it; the port
// is part of an origin, so no other server of this host does.
const sessionKey = 'mockserver-session';
let session = ''; // for browsers that keep nothing

// signInFromURL takes the session, or a refused token, out of the address bar. It reports whether a token was refused.
export function signInFromURL() {
  const given = new URLSearchParams(location.hash.slice(1)).get('session');
  const refused = new URLSearchParams(location.search).has('token');
  if (given) {
    session = given;
    try {
      localStorage.setItem(sessionKey, given);
    } catch {
      // Storage is turned off: this page alone knows the session.
    }
  }
  if (given || refused) history.replaceState(null, '', location.pathname);
  return refused;
}

// signIn loads the page anew with the token in its URL.
export const signIn = (token) => location.replace(`?token=${encodeURIComponent(token)}`);

function authorization() {
  try {
    session = localStorage.getItem(sessionKey) ?? session;
  } catch {
    // As above.
  }
  return session && `Bearer ${session}`;
}

// send makes a request and returns the Response of a success. An AbortSignal ends it early.
export async function send(method, path, body, signal) {
  const init = { method, cache: 'no-store', headers: {}, signal };
  if (authorization()) init.headers.Authorization = authorization();
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers['Content-Type'] = 'application/json';
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
