export const basePath: "/connectmypairs";
export const defaultPrivacy: "Public";
/** @type {Record<string, Record<string, string>>} */
export const answers: Record<string, Record<string, string>>;
/** @type {{ id: string, kind: string, value: string, values?: string[] }[]} */
export const assumptions: {
    id: string;
    kind: string;
    value: string;
    values?: string[];
}[];
