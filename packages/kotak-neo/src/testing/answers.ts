// Whole answers in the shape of kotak-neo.md sections 4.1 and 8.1, with invented values. No live answer was recorded.

/** The login, 2031-03-03 09:00 IST, ends here: 2031-03-04 00:00 IST, in epoch seconds. */
const nextMidnight: number = Date.UTC(2031, 2, 3, 18, 30) / 1000;

/** A token as section 6 has it: three parts, `nap` holds an (invented) PAN. */
export function invented(scope: "View" | "Trade", claims: Readonly<Record<string, unknown>> = {}): string {
  const body = {
    scope: [scope],
    exp: nextMidnight,
    iat: nextMidnight - 54_000,
    jti: "0c4f2c1e-4444-4e5f-9a8b-1c2d3e4f5a6b",
    sub: "5a6b7c8d-5555-4f6a-8b9c-2d3e4f5a6b7c",
    ucc: "XY42Z",
    nap: "ABCDE1234F",
    fetchcaching: "FULL_CACHE",
    fezcat: "0",
    ...claims,
  };
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(body)}.aW52ZW50ZWQtc2lnbmF0dXJl`;
}

function part(value: unknown): string {
  return btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export const viewToken: string = invented("View");
export const tradeToken: string = invented("Trade");
export const viewSid = "7c1d0e52-1111-4f0a-8b2e-0a1b2c3d4e5f";
export const tradeSid = "9a8b7c6d-3333-4d5e-8f90-abcdef012345";

const common = {
  isUserPwdExpired: false,
  ucc: "XY42Z",
  greetingName: "TEST USER",
  isTrialAccount: false,
  dataCenter: "E21",
  derivativesRiskDisclosure: "Long text with • bullets,\nline breaks and a link: https://www.example.com/risk",
  mfAccess: 1,
  dataCenterMap: null,
  dormancyStatus: "A",
  asbaStatus: "",
  clientType: "RI",
  isNRI: false,
  kId: "ABCDE1234F",
  status: "success",
  incRange: 1,
  incUpdFlag: "",
  clientGroup: "",
  kraStatus: "",
  rcFlag: 0,
};

/** The answer to call 1, section 4.1. */
export function viewAnswer(changes: Readonly<Record<string, unknown>> = {}): { readonly json: unknown } {
  const data = {
    token: viewToken,
    sid: viewSid,
    rid: "2f6a9b10-2222-4c3d-9e8f-1a2b3c4d5e6f",
    ...common,
    kType: "View",
  };
  return { json: { data: { ...data, ...changes } } };
}

/** The answer to call 2, section 4.1. */
export function tradeAnswer(changes: Readonly<Record<string, unknown>> = {}): { readonly json: unknown } {
  const data = {
    token: tradeToken,
    sid: tradeSid,
    rid: "5e4d3c2b-4444-4a1b-9c8d-7e6f5a4b3c2d",
    ...common,
    kType: "Trade",
    baseUrl: "https://e21.kotaksecurities.com",
    feedUrl: "https://feed.kotaksecurities.com/apifeed",
    rtUrl: "https://rt.kotaksecurities.com/realtime",
  };
  return { json: { data: { ...data, ...changes } } };
}

/** What the original document shows of a success: no `kType` in its table, no addresses, masked names. */
export function originalAnswer(token: string, sid: string): { readonly json: unknown } {
  const { isUserPwdExpired, isTrialAccount, dataCenter, derivativesRiskDisclosure, mfAccess } = common;
  const seen = { isUserPwdExpired, isTrialAccount, dataCenter, derivativesRiskDisclosure, mfAccess };
  const rid = "2f6a9b10-2222-4c3d-9e8f-1a2b3c4d5e6f";
  const masked = { hsServerId: "", searchAPIKey: "", ucc: "X***Z", greetingName: "T*******R", dataCenterMap: null };
  return { json: { data: { token, sid, rid, ...seen, ...masked, dormancyStatus: "A" } } };
}

/** Call 3, section 4.1. */
export const clientIpAnswer: { readonly json: unknown } = {
  json: { data: [{ ip: "203.0.113.10", time: "2031-03-02 10:00:00.000" }], stCode: 1000, status: "success" },
};

/** Call 4, section 4.1. */
export const emptyReport: { readonly json: unknown } = { json: { stat: "Ok", stCode: 200, data: [] } };

/** Section 8.3: alive, nothing to show. */
export const noData: { readonly json: unknown } = { json: { stat: "Not_Ok", stCode: 5203, emsg: "No Data" } };

/** The shapes of section 8.1, each around one code and one text. */
export const shapes: Readonly<Record<string, (code: number, text: string) => unknown>> = {
  S1: (code, text) => ({ status: "error", errorCode: String(code), message: text }),
  S2: (code, text) => ({ error: [{ code: String(code), message: text }] }),
  S3: (code, text) => ({ stCode: code, errMsg: text, status: "failure" }),
  "S4 with emsg": (code, text) => ({ stat: "Not_Ok", stCode: code, emsg: text }),
  "S4 with errMsg": (code, text) => ({ stat: "Not_Ok", stCode: code, errMsg: text }),
  "S4 with message": (code, text) => ({ stat: "Not_Ok", stCode: code, message: text }),
  "S4 under data": (code, text) => ({ data: { stat: "Not_Ok", stCode: code, emsg: text } }),
  S5: (code, text) => ({ code: String(code), type: "Status report", message: text, description: "Runtime Error" }),
  "S5 under fault": (code, text) => ({ fault: { code, type: "Status report", message: text, description: "" } }),
  S6: (code, text) => ({ stat: "Not_Ok", error: [{ code: String(code), message: text }], tid: "server-0000-0001" }),
};
