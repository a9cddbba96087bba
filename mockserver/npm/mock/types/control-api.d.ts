// Generated from mockserver/internal/control/control-openapi.yaml by npm run types; do not edit.
export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The dashboard
         * @description The page holds no state. Without the token it is the body of a 401, and says how to bring it.
         */
        get: operations["dashboard"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Names in use, newest first */
        get: operations["listAccounts"];
        put?: never;
        /** Add accounts, all or none */
        post: operations["addAccounts"];
        /** Free all names, the configured ones too, or the one that is given */
        delete: operations["clearAccounts"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/accounts/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Free one name */
        delete: operations["removeAccount"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/behaviour": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Latency, faults, forced answers, accepted settings and assumptions */
        get: operations["behaviour"];
        /**
         * Change behaviour
         * @description Members that are left out keep their value; one that is wrong refuses the whole.
         */
        put: operations["changeBehaviour"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/blocked": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Addresses and CIDRs whose requests get 403 */
        get: operations["listBlocked"];
        /** Block these and no others */
        put: operations["replaceBlocked"];
        /** Block these too */
        post: operations["addBlocked"];
        /** Block nobody */
        delete: operations["clearBlocked"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/control-openapi.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["controlOpenapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which documented answers clients have met
         * @description Of this mock, or of all that the parameter chooses, added up. What a space has met counts also after its reset, its deletion and its eviction. An answer that a fault spoiled is not counted.
         */
        get: operations["coverage"];
        put?: never;
        post?: never;
        /** Forget which answers clients have met */
        delete: operations["clearCoverage"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The journal, live, as server-sent events
         * @description "request" has one request as in the journal and its id; "skipped" has {"count":N} when N requests before the next one are left out, because they came faster than a person or a page can follow; "state" has {} when something was changed through the control API or by a new configuration. A comment every few seconds keeps proxies from closing the stream. It ends when the server drains or the space goes.
         */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the server is ready
         * @description Needs no token, so that an image can check itself.
         */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics for Prometheus, over the main mock and all spaces */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The OpenAPI document of the endpoint */
        get: operations["openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provider-states": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The Pact provider-state protocol */
        post: operations["providerState"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The journal, oldest first */
        get: operations["requests"];
        put?: never;
        post?: never;
        /** Forget the journal */
        delete: operations["clearRequests"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Back to the configured state
         * @description Accounts, blocked addresses and behaviour are as configured; the journal is empty. Coverage stays.
         */
        post: operations["reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/spaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The spaces that exist */
        get: operations["listSpaces"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/spaces/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forget a space */
        delete: operations["deleteSpace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Account: {
            name: string;
            privacy: string;
        };
        Accounts: components["schemas"]["Account"][];
        /**
         * @example [
         *       "192.0.2.0/24",
         *       "2001:db8::7",
         *       "caller"
         *     ]
         */
        Addresses: string[];
        Behaviour: {
            /** @description by id */
            assumptions: {
                [key: string]: string;
            };
            faults: components["schemas"]["Fault"][];
            forced: components["schemas"]["ForcedAnswer"][];
            /** @description a duration such as 20ms, or a range such as 10ms..50ms */
            latency: string;
            /** @description the accepted settings */
            privacy: string[];
            /** @description equal seeds and equal sequences of requests meet equal latency and faults */
            seed: number;
        };
        /** @description members that are left out keep their value */
        BehaviourChange: {
            /** @description by id; ids left out keep their value */
            assumptions?: {
                [key: string]: string;
            };
            faults?: components["schemas"]["Fault"][];
            forced?: components["schemas"]["ForcedAnswer"][];
            /** @description a duration such as 20ms, or a range such as 10ms..50ms */
            latency?: string;
            /** @description the accepted settings */
            privacy?: string[];
            /** @description equal seeds and equal sequences of requests meet equal latency and faults */
            seed?: number;
        };
        Coverage: {
            /** @description documented answers by status */
            answers: {
                [key: string]: number;
            };
            /** @description documented answers not met */
            missing: number[];
            /** @description other answers, such as 404, by status */
            other: {
                [key: string]: number;
            };
        };
        /** @description either rate or next */
        Fault: {
            /** @enum {string} */
            fault: "reset" | "drop-after-commit" | "truncate" | "malformed" | "slow-body" | "unavailable";
            /** @description number of requests */
            next?: number;
            /** @description share of the requests */
            rate?: number;
        };
        ForcedAnswer: {
            /** @description number of requests */
            next: number;
            /** @enum {integer} */
            status: 201 | 400 | 403 | 409;
        };
        Health: {
            /** @description what a client of this mock, or space, is configured with */
            base_url: string;
            /** @enum {string} */
            service: "mockserver";
            /** @description empty for the main mock */
            space: string;
            /** Format: date-time */
            started: string;
            /** @enum {string} */
            status: "ready" | "draining" | "stuck";
            version: string;
        };
        Journal: {
            /** @description false when requests were dropped because there was no room */
            complete: boolean;
            requests: components["schemas"]["Request"][];
            /** @description how many requests match, whatever the limit */
            total: number;
        };
        NewAccount: {
            name: string;
            /** @description Public when left out */
            privacy?: string;
        };
        NewAccounts: components["schemas"]["NewAccount"][];
        Problem: {
            detail: string;
            status: number;
            title: string;
        };
        ProviderState: {
            /**
             * @description setup when left out
             * @enum {string}
             */
            action?: "setup" | "teardown";
            /** @description ignored; older verifiers send it */
            consumer?: unknown;
            params?: {
                [key: string]: unknown;
            };
            /** @description empty for an interaction that asks for no state */
            state: string;
            /** @description ignored; older verifiers send them */
            states?: unknown;
        };
        Request: {
            caller: string;
            /** @description more on rule, such as which blocked entry matched */
            detail: string;
            duration_ms: number;
            /** @description the injected fault; what it spoiled is the answer that status tells */
            fault: string;
            /** @description the request's, by name; "(not kept)" stands for values of Authorization, Cookie and other headers whose names speak of secrets, and what is cut because it is long says so */
            headers: {
                [key: string]: string[];
            };
            id: number;
            method: string;
            /** @description the Username, and empty when the request was not one for the endpoint */
            name: string;
            path: string;
            privacy: string;
            /** @description why the answer is what it is */
            rule: string;
            /** @description 0 when there was no answer: the connection was reset, or the client had gone */
            status: number;
            /** Format: date-time */
            time: string;
        };
        Space: {
            accounts: number;
            requests: number;
            space: string;
        };
        Spaces: components["schemas"]["Space"][];
    };
    responses: {
        /** @description the list now in force */
        Blocked: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Addresses"];
            };
        };
        /** @description an error; detail says what would be right */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /** @description a pattern for the names of mocks, in which * is any text and ? any character; the main mock's name is empty. "*" is the main mock and all spaces, "playwright-*" some of the spaces */
        Mocks: string;
    };
    requestBodies: {
        Blocked: {
            content: {
                "application/json": components["schemas"]["Addresses"];
            };
        };
    };
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    dashboard: {
        parameters: {
            query?: {
                /** @description the control token; the answer redirects to the same page with a session in place of the token */
                token?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description the token is right; the fragment of Location has the session, which is accepted as a bearer token until the server stops */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description the page, for the token is missing or wrong */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listAccounts: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the accounts */
            200: {
                headers: {
                    /** @description how many accounts there are in all */
                    "Mock-Total"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accounts"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    addAccounts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAccounts"];
            };
        };
        responses: {
            /** @description added */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accounts"];
                };
            };
            409: components["responses"]["Problem"];
            507: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    clearAccounts: {
        parameters: {
            query?: {
                /** @description any name, also "." and "..", which no path can hold */
                name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    removeAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    behaviour: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the behaviour in force; what was given for the next requests counts down */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Behaviour"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    changeBehaviour: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BehaviourChange"];
            };
        };
        responses: {
            /** @description the behaviour now in force */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Behaviour"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listBlocked: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Blocked"];
            default: components["responses"]["Problem"];
        };
    };
    replaceBlocked: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Blocked"];
        responses: {
            200: components["responses"]["Blocked"];
            default: components["responses"]["Problem"];
        };
    };
    addBlocked: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Blocked"];
        responses: {
            200: components["responses"]["Blocked"];
            default: components["responses"]["Problem"];
        };
    };
    clearBlocked: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    controlOpenapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    coverage: {
        parameters: {
            query?: {
                /** @description a pattern for the names of mocks, in which * is any text and ? any character; the main mock's name is empty. "*" is the main mock and all spaces, "playwright-*" some of the spaces */
                space?: components["parameters"]["Mocks"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the counts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Coverage"];
                };
            };
            404: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    clearCoverage: {
        parameters: {
            query?: {
                /** @description a pattern for the names of mocks, in which * is any text and ? any character; the main mock's name is empty. "*" is the main mock and all spaces, "playwright-*" some of the spaces */
                space?: components["parameters"]["Mocks"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    events: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            503: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description ready */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description draining, so that no new request should be sent; or stuck, because a change of this mock takes more than a second */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the metrics */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    providerState: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProviderState"];
            };
        };
        responses: {
            /** @description the state is set up, or torn down */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    requests: {
        parameters: {
            query?: {
                /** @description only requests whose name contains this text, in any letter case */
                contains?: string;
                /** @description the newest so many */
                limit?: number;
                /** @description only requests with exactly this name */
                name?: string;
                /** @description only requests after this id, or after this RFC 3339 time */
                since?: string;
                /** @description only answers with this status */
                status?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the requests */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Journal"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    clearRequests: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    reset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    listSpaces: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the spaces, by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Spaces"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteSpace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
}
