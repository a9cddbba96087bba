/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Starts the mock server as a process of its own and resolves when it is ready. It ends with this process, however that
 * ends.
 * @param {Options} [options]
 * @returns {Promise<MockServer>}
 */
export function startMock(options?: Options): Promise<MockServer>;
/**
 * Returns what startMock does of a server that runs already, but for what ends it.
 * @param {string} baseURL of the mock, or of a space
 * @param {string} [token] of its control API
 */
export function connect(baseURL: string, token?: string): {
    space: (name: string) => Space;
    /**
     * what a client of the endpoint is configured with
     */
    baseURL: string;
    control: Control;
    /**
     * which documented answers clients have met; it outlasts resets
     */
    coverage: () => Promise<Coverage>;
    root: string;
};
/** The server reads its token from the environment, where no list of processes shows it. Empty is unset. */
export const tokenVariable: "MOCKSERVER_CONTROL_TOKEN";
export type EndpointSchemas = import("@connectmypairs/mock/endpoint-api").components["schemas"];
export type Created = EndpointSchemas["Created"];
export type Invalid = EndpointSchemas["Invalid"];
export type Blocked = EndpointSchemas["Blocked"];
export type Conflict = EndpointSchemas["Conflict"];
/**
 * The body of any documented answer. `code` tells them apart: a 201 has none.
 */
export type Answer = (Created & {
    code?: undefined;
}) | Invalid | Blocked | Conflict;
/**
 * for a client of openapi-fetch
 */
export type EndpointPaths = import("@connectmypairs/mock/endpoint-api").paths;
export type ControlPaths = import("@connectmypairs/mock/control-api").paths;
export type Coverage = import("@connectmypairs/mock/control-api").components["schemas"]["Coverage"];
/**
 * a client of the control API
 */
export type Control = import("openapi-fetch").Client<ControlPaths>;
export type Space = {
    /**
     * what a client of the endpoint is configured with
     */
    baseURL: string;
    control: Control;
    /**
     * which documented answers clients have met; it outlasts resets
     */
    coverage: () => Promise<Coverage>;
};
export type OfServer = {
    /**
     * URL of the server, without a slash at its end
     */
    root: string;
    /**
     * accounts, blocked addresses, behaviour, journal and coverage apart from all
     * others'
     */
    space: (name: string) => Space;
    /**
     * resolves when the server has ended; rejects with its log when it had failed
     */
    stop: () => Promise<void>;
    /**
     * the newest 64 KiB of it
     */
    log: () => string;
};
export type MockServer = Space & OfServer & AsyncDisposable;
/**
 * Those of the program, each under its flag's meaning.
 */
export type Options = {
    /**
     * `localhost:0`, a free port; beyond loopback, give a token
     */
    listen?: string | undefined;
    /**
     * what callers of the control API must show, and what `control` sends; where it is left out,
     * that of the environment, MOCKSERVER_CONTROL_TOKEN, if any
     */
    token?: string | undefined;
    basePath?: string | undefined;
    /**
     * in use already
     */
    names?: string[] | undefined;
    /**
     * addresses and CIDRs
     */
    blocked?: string[] | undefined;
    /**
     * settings that are accepted
     */
    privacy?: string[] | undefined;
    /**
     * by id
     */
    assumptions?: Record<string, string> | undefined;
    /**
     * such as `20ms` or `10ms..50ms`
     */
    latency?: string | undefined;
    /**
     * `reset`, or `reset=0.1` for a tenth of the requests
     */
    faults?: string[] | undefined;
    seed?: number | undefined;
    /**
     * a configuration file
     */
    config?: string | undefined;
    /**
     * any other flags; when one of them, or the file, moves the control API or gives it a token,
     * `control` does not reach it
     */
    args?: string[] | undefined;
};
