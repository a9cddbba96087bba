/**
 * What a request to the endpoint is answered with. This file is the endpoint's whole behaviour, as mockserver/endpoint
 * is in Go; read it beside create-account.md.
 */
import { answers, defaultPrivacy } from './contract.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * @typedef {Record<string, string[] | undefined>} HeadersDistinct the values of each header, apart; names in lower case
 * @typedef {object} Endpoint
 * @property {string} usersPath
 * @property {Record<string, string>} assumptions every one, by id
 * @property {string[]} privacy the settings that are accepted
 * @property {() => boolean} blocked whether the caller is
 * @property {(name: string) => boolean} inUse
 * @property {(name: string, privacy: string) => void} create
 * @typedef {object} Answer
 * @property {number} status
 * @property {string} rule why
 * @property {string} detail more on that
 * @property {Record<string, string>} body its members in the page's order
 * @property {Record<string, string>} headers beyond Content-Type
 * @property {string} name as it was read from the request
 * @property {string} privacy likewise
 */

/** Whether a request is POST {base}/users/. @param {Endpoint} endpoint @param {string} method @param {string} path */
export function creates(endpoint, method, path) {
  return method === 'POST' && isUsers(endpoint, path);
}

/**
 * Decides, and creates the account when the answer is a 201.
 * @param {Endpoint} endpoint
 * @param {Request} request
 * @param {string} path of the request, decoded
 * @param {{ headersDistinct?: HeadersDistinct, forced?: number }} given
 * @returns {Answer}
 */
export function decide(endpoint, request, path, { headersDistinct, forced }) {
  if (!creates(endpoint, request.method, path)) return elsewhere(endpoint, request, path);
  const assumed = endpoint.assumptions;
  const values = (/** @type {string} */ header) => {
    const value = request.headers.get(header);
    return headersDistinct?.[header] ?? (value === null ? [] : [value]);
  };
  const [name, usernameProblem] = readUsername(values('username'), assumed);
  const [privacy, privacyProblem] = readPrivacy(values('privacy'), assumed, endpoint.privacy);
  /** @type {(status: number, rule: string, detail?: string, more?: Partial<Answer>) => Answer} */
  const answer = (status, rule, detail = '', more) => ({
    status,
    rule,
    detail,
    body: documentedBody(status, name, privacy),
    headers: {},
    name,
    privacy,
    ...more,
  });

  if (forced) return answer(forced, 'forced');
  const preferred = preferredCode(request);
  if (Object.hasOwn(answers, preferred)) {
    return answer(+preferred, 'forced', '', { headers: { 'Preference-Applied': `code=${preferred}` } });
  }
  if (preferred) {
    const choices = Object.keys(answers).join(', ').replace(/, (?=\d+$)/, ' or ');
    const description = `the answer "${preferred}" that you prefer is not documented; use ${choices}`;
    return answer(400, 'bad-force', description, { body: { code: '400', description } });
  }
  for (const check of assumed['check-order'].split(',')) {
    if (check === '403' && endpoint.blocked()) return answer(403, 'blocked');
    if (check === '400' && usernameProblem) {
      const members = assumed['username-refusal-members'].split(',');
      const all = { name, privacy, code: '400', description: assumed['username-description'] };
      const body = Object.fromEntries(Object.entries(all).filter(([member]) => members.includes(member)));
      return answer(400, 'invalid-username', usernameProblem, { body });
    }
    if (check === '400' && privacyProblem) return answer(400, 'invalid-privacy', privacyProblem);
    if (check === '409' && endpoint.inUse(name)) return answer(409, 'conflict');
  }
  endpoint.create(name, privacy);
  return answer(201, 'created');
}

/** Answers requests that are not POST {base}/users/, on which the page is silent. @returns {Answer} */
function elsewhere(/** @type {Endpoint} */ endpoint, /** @type {Request} */ request, /** @type {string} */ path) {
  const { usersPath, assumptions } = endpoint;
  const right = new URL(usersPath, request.url);
  /** @type {(status: number, rule: string, description: string, headers?: Record<string, string>) => Answer} */
  const answer = (status, rule, description, headers = {}) => ({
    status,
    rule,
    detail: '',
    body: { code: `${status}`, description },
    headers,
    name: '',
    privacy: '',
  });
  if (isUsers(endpoint, path) && assumptions['other-method'] !== '404') {
    return answer(
      405,
      'other-method',
      `${request.method} is not allowed here; accounts are created with POST ${right}`,
      { Allow: 'POST' },
    );
  }
  if (assumptions['missing-slash'] === 'redirect' && `${path}/` === usersPath) {
    return answer(308, 'other-path', `Accounts are created with POST ${right}`, { Location: right.pathname });
  }
  return answer(404, 'other-path', `There is nothing at ${path}; accounts are created with POST ${right}`);
}

function isUsers(/** @type {Endpoint} */ { usersPath, assumptions }, /** @type {string} */ path) {
  return path === usersPath || (assumptions['missing-slash'] === 'accept' && `${path}/` === usersPath);
}

/** The page's example body for a status, with the request's values for the words that stand for them there. */
function documentedBody(/** @type {number} */ status, /** @type {string} */ name, /** @type {string} */ privacy) {
  /** @type {Record<string, string>} */
  const echoed = { Username: name, 'Privacy setting': privacy };
  return Object.fromEntries(Object.entries(answers[status]).map(([member, value]) => [member, echoed[value] ?? value]));
}

/** The name that the Username headers give, and what is wrong with it. @returns {[string, string]} */
function readUsername(/** @type {string[]} */ sent, /** @type {Record<string, string>} */ assumed) {
  if (!sent.length) return ['', 'no Username header'];
  const repeated = assumed['repeated-username'];
  if (sent.length > 1 && repeated === 'refuse') return [decode(sent.join(', ')), `${sent.length} Username headers`];
  let name = repeated === 'first' ? sent[0] : repeated === 'last' ? sent[sent.length - 1] : sent.join(', ');
  const ascii = !/[^\0-\x7f]/.test(name);
  if (assumed['non-ascii-names'] !== 'latin-1') name = decode(name);
  if (!ascii && assumed['non-ascii-names'] === 'refuse') return [name, 'a Username with characters beyond ASCII'];
  const problem = textProblem(name);
  if (problem) return [name, `a Username that ${problem}`];
  const longest = +assumed['max-name-length'];
  if (longest && [...name].length > longest) return [name, `a Username of more than ${longest} characters`];
  return [name, ''];
}

/** The setting that the Privacy headers ask for, and what is wrong with it. @returns {[string, string]} */
function readPrivacy(
  /** @type {string[]} */ sent,
  /** @type {Record<string, string>} */ assumed,
  /** @type {string[]} */ settings,
) {
  if (!sent.length) return [defaultPrivacy, ''];
  const repeated = assumed['repeated-privacy'];
  if (sent.length > 1 && repeated === 'refuse') return [decode(sent.join(', ')), `${sent.length} Privacy headers`];
  const privacy = decode(repeated === 'last' ? sent[sent.length - 1] : sent[0]);
  if (!privacy) return assumed['empty-privacy'] === 'default' ? [defaultPrivacy, ''] : ['', 'an empty Privacy header'];
  const accepted =
    settings.includes(privacy) ||
    (assumed['privacy-comparison'] === 'fold' &&
      settings.some((setting) => foldSimple(setting) === foldSimple(privacy)));
  return [privacy, accepted ? '' : `a Privacy that is not one of ${settings.join(', ')}`];
}

/** The status that a client asks for with `Prefer: code=409` (RFC 7240) or `?__code=409`, or ''. */
function preferredCode(/** @type {Request} */ request) {
  for (const preference of request.headers.get('prefer')?.match(/("(\\.|[^"\\])*"|[^,"])+/g) ?? []) {
    const [, code] = /^\s*code\s*=\s*"?([^";]*?)"?\s*(?:;|$)/i.exec(preference) ?? [];
    if (code) return code;
  }
  return new URL(request.url).searchParams.get('__code') ?? '';
}

/** Reads bytes as UTF-8 and, when they are not that, as ISO-8859-1, which is what a browser's fetch sends. */
function decode(/** @type {string} */ value) {
  try {
    return utf8.decode(Uint8Array.from(value, (byte) => byte.charCodeAt(0)));
  } catch {
    return value;
  }
}

/** Why no request can have this text as its Username or Privacy; '' when one can. */
export function textProblem(/** @type {string} */ text) {
  if (!text) return 'is empty';
  if (/[\0-\x1f\x7f-\x9f]/.test(text)) return 'has a control character';
  if (/^ | $/.test(text)) return 'begins or ends with a space, which HTTP trims';
  return '';
}

/**
 * Unicode's full case folding, letter by letter so that no letter's neighbour matters; ẞ takes both ways to become ss.
 * A dotless i has no other case.
 */
export function fold(/** @type {string} */ text) {
  return [...text]
    .map((letter) => (letter === 'ı' ? letter : letter.toLowerCase().toUpperCase().toLowerCase()))
    .join('');
}

/** Its simple case folding, which keeps the number of letters. */
function foldSimple(/** @type {string} */ text) {
  return [...text].map((letter) => ([...fold(letter)].length > 1 ? letter.toLowerCase() : fold(letter))).join('');
}
