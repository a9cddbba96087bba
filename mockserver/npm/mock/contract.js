// Generated from fixtures by npm run types; do not edit.

export const basePath = "/connectmypairs";

export const defaultPrivacy = "Public";

/** @type {Record<string, Record<string, string>>} */
export const answers = {"201":{"name":"Username","privacy":"Privacy setting"},
  "400":{"name":"Username","privacy":"Privacy setting","code":"400","description":"Privacy was invalid"},
  "403":{"description":"Your IP address was blocked.","code":"403"},
  "409":{"name":"Username","code":"409"}};

/** @type {{ id: string, kind: string, value: string, values?: string[] }[]} */
export const assumptions = [{"id":"check-order","kind":"choice","value":"403,400,409",
    "values":["403,400,409","403,409,400","400,403,409","400,409,403","409,403,400","409,400,403"]},
  {"id":"username-description","kind":"text","value":"Username was invalid"},
  {"id":"username-refusal-members","kind":"members","value":"name,privacy,code,description"},
  {"id":"repeated-username","kind":"choice","value":"refuse",
    "values":["refuse","first","last","join"]},
  {"id":"privacy-comparison","kind":"choice","value":"exact",
    "values":["exact","fold"]},
  {"id":"empty-privacy","kind":"choice","value":"refuse",
    "values":["refuse","default"]},
  {"id":"repeated-privacy","kind":"choice","value":"refuse",
    "values":["refuse","first","last"]},
  {"id":"name-comparison","kind":"choice","value":"exact",
    "values":["exact","fold"]},
  {"id":"non-ascii-names","kind":"choice","value":"utf-8",
    "values":["utf-8","latin-1","refuse"]},
  {"id":"max-name-length","kind":"integer","value":"0"},
  {"id":"missing-slash","kind":"choice","value":"404",
    "values":["404","accept","redirect"]},
  {"id":"other-method","kind":"choice","value":"405",
    "values":["405","404"]}];
