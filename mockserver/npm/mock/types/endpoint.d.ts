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
export function creates(endpoint: Endpoint, method: string, path: string): boolean;
/**
 * Decides, and creates the account when the answer is a 201.
 * @param {Endpoint} endpoint
 * @param {Request} request
 * @param {string} path of the request, decoded
 * @param {{ headersDistinct?: HeadersDistinct, forced?: number }} given
 * @returns {Answer}
 */
export function decide(endpoint: Endpoint, request: Request, path: string, { headersDistinct, forced }: {
    headersDistinct?: HeadersDistinct;
    forced?: number;
}): Answer;
/** Why no request can have this text as its Username or Privacy; '' when one can. */
export function textProblem(text: string): "" | "is empty" | "has a control character" | "begins or ends with a space, which HTTP trims";
/**
 * Unicode's full case folding, letter by letter so that no letter's neighbour matters; ẞ takes both ways to become ss.
 * A dotless i has no other case.
 */
export function fold(text: string): string;
/**
 * the values of each header, apart; names in lower case
 */
export type HeadersDistinct = Record<string, string[] | undefined>;
export type Endpoint = {
    usersPath: string;
    /**
     * every one, by id
     */
    assumptions: Record<string, string>;
    /**
     * the settings that are accepted
     */
    privacy: string[];
    /**
     * whether the caller is
     */
    blocked: () => boolean;
    inUse: (name: string) => boolean;
    create: (name: string, privacy: string) => void;
};
export type Answer = {
    status: number;
    /**
     * why
     */
    rule: string;
    /**
     * more on that
     */
    detail: string;
    /**
     * its members in the page's order
     */
    body: Record<string, string>;
    /**
     * beyond Content-Type
     */
    headers: Record<string, string>;
    /**
     * as it was read from the request
     */
    name: string;
    /**
     * likewise
     */
    privacy: string;
};
