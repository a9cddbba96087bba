/**
 * Returns a mock of its own: mocks share nothing.
 * @param {Options} [options]
 * @returns {Mock}
 */
export function createMock(options?: Options): Mock;
export type Account = {
    name: string;
    privacy: string;
};
/**
 * What happens to the `next` so many requests, or to the share `rate` of all. `reset` loses a request,
 * `drop-after-commit` the answer to one that had its effect: fetch rejects with a TypeError, as in a browser.
 * `unavailable` is a 503.
 */
export type Fault = {
    fault: "reset" | "drop-after-commit" | "unavailable";
    next?: number | undefined;
    rate?: number | undefined;
};
/**
 * The documented answer that the next so many requests get, whatever they ask for and without any effect.
 */
export type Forced = {
    status: 201 | 400 | 403 | 409;
    next: number;
};
/**
 * Assign to a member to change it; a wrong value throws a TypeError and changes nothing.
 */
export type Behaviour = {
    /**
     * the settings that are accepted
     */
    privacy: string[];
    /**
     * by id; ids that are left out keep their value
     */
    assumptions: Record<string, string>;
    /**
     * of every answer: a duration such as `20ms`, or a range such as `10ms..1.5s`
     */
    latency: string;
    /**
     * tried in order; at most one happens to a request
     */
    faults: Fault[];
    /**
     * used up in order
     */
    forced: Forced[];
    /**
     * what latency and faults are drawn with
     */
    seed: number;
};
/**
 * whether the caller's address is blocked
 */
export type Blocked = boolean | ((request: Request) => boolean);
export type InitialState = {
    /**
     * what comes before `/users/`: `/connectmypairs`
     */
    basePath?: string | undefined;
    /**
     * in use already
     */
    names?: string[] | undefined;
    blocked?: Blocked | undefined;
};
export type Options = InitialState & { [member in keyof Behaviour]?: Behaviour[member] | undefined; };
export type JournalEntry = {
    /**
     * counts from 1
     */
    id: number;
    /**
     * of arrival, RFC 3339
     */
    time: string;
    method: string;
    path: string;
    name: string;
    privacy: string;
    /**
     * 0 when there was no answer
     */
    status: number;
    /**
     * why the answer is what it is
     */
    rule: string;
    /**
     * more on that
     */
    detail: string;
    /**
     * the one that was injected
     */
    fault: string;
    duration_ms: number;
};
export type Coverage = {
    /**
     * how often each documented answer was met, by status
     */
    answers: Record<string, number>;
    /**
     * documented answers that were not met
     */
    missing: number[];
    /**
     * answers that are not documented
     */
    other: Record<string, number>;
};
/**
 * A Request joins a header that comes twice; `headersDistinct`, as node:http has it, tells its values apart.
 */
export type Init = RequestInit & {
    headersDistinct?: import("./endpoint.js").HeadersDistinct | undefined;
};
export type Accounts = {
    /**
     * newest first
     */
    list: () => Account[];
    /**
     * throws when the name is in use
     */
    add: (name: string, privacy?: string) => void;
    /**
     * frees one name, and reports whether it was in use
     */
    remove: (name: string) => boolean;
    /**
     * frees all names
     */
    clear: () => void;
};
export type Members = {
    /**
     * answers a request, given as to the web's fetch. It works detached from the mock: `globalThis.fetch = mock.fetch`.
     */
    fetch: (input: RequestInfo | URL, init?: Init) => Promise<Response>;
    accounts: Accounts;
    blocked: Blocked;
    behaviour: Behaviour;
    /**
     * which documented answers were met; it outlasts resets
     */
    coverage: () => Coverage;
    /**
     * puts accounts, blocked and behaviour back as configured, and empties the journal
     */
    reset: () => void;
    basePath: string;
};
/**
 * `requests` are oldest first; the newest 1000
 * are kept
 */
export type Mock = Members & {
    readonly requests: readonly JournalEntry[];
};
