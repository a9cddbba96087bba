// Generated from fixtures/openapi.yaml by npm run types; do not edit.
export interface paths {
    "/users/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create Account
         * @description This endpoint allows you to create a new user account.
         */
        post: operations["createAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Blocked: {
            /** @constant */
            code: "403";
            /** @constant */
            description: "Your IP address was blocked.";
        };
        Conflict: {
            /** @constant */
            code: "409";
            /** @description the Username sent */
            name: string;
        };
        Created: {
            /** @description the Username sent */
            name: string;
            /** @description the setting asked for, or Public */
            privacy: string;
        };
        Invalid: {
            /** @constant */
            code: "400";
            /** @description Privacy was invalid, when it was. The page has no words for a missing Username; the reference server says Username was invalid. */
            description: string;
            /** @description the Username sent */
            name: string;
            /** @description the setting asked for, or Public */
            privacy: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    createAccount: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The default privacy setting of the user creating the account. Public by default.
                 * @example Public
                 */
                Privacy?: string;
                /**
                 * @description The username of the user creating the account.
                 * @example Username
                 */
                Username: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description User account was successfully created. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "Username",
                     *       "privacy": "Privacy setting"
                     *     }
                     */
                    "application/json": components["schemas"]["Created"];
                };
            };
            /** @description Syntax was not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "Username",
                     *       "privacy": "Privacy setting",
                     *       "code": "400",
                     *       "description": "Privacy was invalid"
                     *     }
                     */
                    "application/json": components["schemas"]["Invalid"];
                };
            };
            /** @description You are not allowed to perform this action at this time. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "description": "Your IP address was blocked.",
                     *       "code": "403"
                     *     }
                     */
                    "application/json": components["schemas"]["Blocked"];
                };
            };
            /** @description Name already in use. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "Username",
                     *       "code": "409"
                     *     }
                     */
                    "application/json": components["schemas"]["Conflict"];
                };
            };
        };
    };
}
