import { answerDate, type BrokerAnswer, BrokerAuthError, type BrokerAuthErrorCode, retryAfter } from "@x/core/adapter";
import { brokerId } from "./endpoints.ts";

/** What an answer says about a failure, whatever its shape. */
export interface Failure {
  /** Whether the body itself says that it is a failure. The HTTP status proves nothing (kotak-neo.md section 1). */
  readonly marked: boolean;
  /** The broker's code as text: numbers and texts are both in use. */
  readonly code: string | undefined;
  /** The broker's words, for matching only: they may repeat what was sent, so they never leave this file's functions. */
  readonly text: string;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads all the shapes in which this broker fails, S1 to S6 of kotak-neo.md section 8.1, at the top or one level below `data` or `fault`.
 * S7 (no JSON) and S8 (no token, no error) have nothing to read: no mark, no code, no text.
 */
export function readFailure(json: unknown): Failure {
  const none: Failure = { marked: false, code: undefined, text: "" };
  if (!isFields(json)) return none;
  const layers = [json, json["data"], json["fault"]].filter(isFields).map(readLayer);
  return (
    layers.find(({ marked }) => marked) ?? layers.find(({ code, text }) => code !== undefined || text !== "") ?? none
  );
}

function readLayer(fields: Fields): Failure {
  const { error } = fields;
  const first: unknown = Array.isArray(error) ? error[0] : error;
  const entry = isFields(first) ? first : {};
  const code = [entry["code"], fields["errorCode"], fields["stCode"], fields["code"]]
    .map(plainCode)
    .find((one) => one !== undefined);
  const words = ["message", "errMsg", "emsg", "description"].map((name) => fields[name]);
  const text = [entry["message"], first, ...words].filter(isText).join(" | ");
  const marked =
    [fields["stat"], fields["status"]].some(saysFailure) ||
    [entry["code"], entry["message"], fields["errMsg"], fields["emsg"]].some(isFilled) ||
    isText(first) ||
    [fields["errorCode"], fields["stCode"]].map(plainCode).some(isFailureCode) ||
    // S5 has no mark but its code, and a code alone may be anything.
    (isFailureCode(plainCode(fields["code"])) && words.some(isText));
  // Enough for every text on record; what follows may be an echo of the request.
  return { marked, code, text: text.slice(0, 300) };
}

function saysFailure(value: unknown): boolean {
  return typeof value === "string" && /^(error|fail|failed|failure|not_?ok)$/i.test(value.trim());
}

// 200 and 1000 are the codes of a success (kotak-neo.md section 4.1).
function isFailureCode(code: string | undefined): boolean {
  return code !== undefined && !["0", "200", "1000"].includes(code);
}

function plainCode(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return isText(text) ? text.trim() : undefined;
}

function isFilled(value: unknown): boolean {
  return typeof value === "number" || isText(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Which factor a login call carried: call 1 the TOTP code, call 2 the MPIN. */
export type LoginCall = "totp" | "mpin";

/** Where a refused login call stands. */
export interface LoginContext {
  readonly call: LoginCall;
  /** The name of the step, for the error. */
  readonly step: string;
  /** Broker time in epoch milliseconds. */
  readonly now: number;
  /** What the account and the call hold, as plain text: a "code" that is a part of it is an echo, and none. */
  readonly held: readonly string[];
}

interface Refusal {
  readonly code: BrokerAuthErrorCode;
  /** What happened, without the step. */
  readonly message: string;
  readonly action?: string;
  readonly field?: string;
}

interface KnownFailure {
  readonly text?: RegExp;
  readonly codes?: readonly string[];
  /** Default: both calls. */
  readonly call?: LoginCall;
  readonly refusal: Refusal;
}

const wrongAccessToken: Refusal = {
  code: "invalid_credentials",
  message: "Kotak Neo does not know the access token",
  action: "Copy the current access token from the Neo dashboard: a reset there makes the older one worthless.",
};

const wrongIdentity: Refusal = {
  code: "invalid_credentials",
  message: "Kotak Neo refused the mobile number, the client code (UCC) or the TOTP, and does not say which",
  action: "Check the mobile number, the UCC and the access token, then the computer's clock and the TOTP secret.",
};

const wrongTotp: Refusal = {
  code: "totp_rejected",
  message: "Kotak Neo refused the TOTP code",
  action:
    "Check the computer's clock, then the TOTP secret, then the mobile number: a wrong number is refused in the same words. Or this code was used already in these 30 seconds (did the program just restart with memoryStore?).",
};

const wrongMpin: Refusal = { code: "pin_rejected", message: "Kotak Neo refused the MPIN" };

const unavailable: Refusal = {
  // broker_unavailable, the word of kotak-neo.md here, would say that no factor was spent; one has left, and nobody knows what became of it.
  code: "outcome_unknown",
  message: "Kotak Neo answered that it is not working; the attempt counts as spent",
  action: "Call again later: one further try is made with a new TOTP time step, then a person has to look.",
};

const throttled: Refusal = { code: "rate_limited", message: "Kotak Neo asks for fewer requests" };

/**
 * The text and code rows of kotak-neo.md section 8.2, the first match wins. They stand before every status: a text that names a factor
 * is about that factor whatever the status says.
 */
const knownFailures: readonly KnownFailure[] = [
  {
    // "lock" is also a part of "clock", which good advice about a wrong TOTP may contain.
    text: /(?:^|[^a-z0-9]|un|b)lock|bad tries|max(?:imum)?(?: \w+){0,3} attempts/i,
    codes: ["70009"],
    refusal: {
      code: "account_locked",
      message: "Kotak Neo has locked this account",
      action:
        "Do not try again: older interfaces of this broker lock for 24 hours. Unlock in the Neo app or on the web, then call unlock().",
    },
  },
  ...["MobileNumber", "Ucc", "Totp", "Mpin"].map((name) => ({
    text: new RegExp(`missing required field '?${name}\\b`, "i"),
    refusal: {
      code: "configuration" as const,
      message: `Kotak Neo says that the field ${name} is missing`,
      field: `${name.charAt(0).toLowerCase()}${name.slice(1)}`,
    },
  })),
  {
    text: /missing required field/i,
    refusal: { code: "configuration", message: "Kotak Neo says that a field of the login is missing" },
  },
  {
    text: /required header not found/i,
    codes: ["10512"],
    refusal: {
      code: "protocol_error",
      message: "Kotak Neo says that a header is missing, which this adapter should have sent",
    },
  },
  { text: /consumer key/i, refusal: wrongAccessToken },
  // The combined sentence must not count as a wrong TOTP alone.
  {
    text: /(?:credentials?|ucc|mobile\w*|user\w*)\W+(?:or|and)\W+totp|totp\W+(?:or|and)\W+(?:credentials?|ucc|mobile|user)/i,
    refusal: wrongIdentity,
  },
  { text: naming("ucc"), refusal: { ...wrongIdentity, message: "Kotak Neo does not know the client code (UCC)" } },
  {
    text: naming("mobile(?: ?number)?"),
    refusal: { ...wrongIdentity, message: "Kotak Neo refused the mobile number" },
  },
  { text: naming("totp"), refusal: wrongTotp },
  { text: naming("mpin"), refusal: wrongMpin },
  {
    // Call 2 shows the view pair, so only there a session can be over. The words for it are not on record (row "View token").
    call: "mpin",
    text: /\bsession\b|\bview token\b|\b(?:invalid|expired) (?:jwt )?token\b|\btoken (?:is |has )?(?:invalid|expired)\b/i,
    codes: ["100022", "1003"],
    refusal: { code: "challenge_expired", message: "Kotak Neo no longer accepts the first half of this login" },
  },
  { codes: ["900901"], refusal: wrongAccessToken },
  { text: /dependency error/i, refusal: unavailable },
  { text: /too many requests|rate limit|throttl/i, refusal: throttled },
];

/** "Invalid X", "Invalid field 'X'", "X is wrong", "X verification failed", and the like. */
function naming(thing: string): RegExp {
  const before = `\\b(?:invalid|incorrect|wrong|expired) (?:the |your |field )?'?(?:${thing})\\b`;
  const after = `\\b(?:${thing})'?(?: \\w+){0,3} (?:invalid|incorrect|wrong|expired|mismatch\\w*|match|fail\\w*|rejected)\\b`;
  return new RegExp(`${before}|${after}`, "i");
}

/**
 * What the answer to a login call means that was not a success, in the order of kotak-neo.md section 8.2: known text and codes, HTTP 429,
 * 5xx and 424, 403, statuses of a changed protocol, the step's default for a refusal in unknown words, and `protocol_error` for the rest.
 */
export function loginRefusal(answer: BrokerAnswer, context: LoginContext): BrokerAuthError {
  const failure = readFailure(answer.json);
  const refusal = classify(answer, failure, context.call);
  return new BrokerAuthError(refusal.code, `${context.step}: ${refusal.message}`, {
    broker: brokerId,
    step: context.step,
    status: answer.status,
    brokerCode: shownCode(failure.code, context.held),
    action: refusal.code === "totp_rejected" ? namingTheClock(refusal, answer, context.now) : refusal.action,
    field: refusal.field,
    retryAfterMs: refusal.code === "rate_limited" ? retryAfter(answer.header("retry-after"), context.now) : undefined,
  });
}

/** Every code that kotak-neo.md section 8 names, and the statuses of section 8.2, which come as codes as well. */
export const namedCodes: ReadonlySet<string> = new Set(
  [
    [400, 401, 403, 404, 405, 422, 424, 429, 500, 502, 503, 504],
    [1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1021, 1037, 5203],
    [10_020, 10_512, 70_009, 100_008, 100_022, 900_901],
  ]
    .flat()
    .map(String),
);

/**
 * The broker's code as an error may show it. The field can hold anything, so also what was sent: shown are the codes on record, and short
 * numbers that occur in nothing that the account or the call holds.
 */
function shownCode(code: string | undefined, held: readonly string[]): string | undefined {
  if (code === undefined || held.includes(code)) return undefined;
  if (namedCodes.has(code)) return code;
  return /^\d{3,6}$/.test(code) && !held.some((one) => one.includes(code)) ? code : undefined;
}

function classify(answer: BrokerAnswer, failure: Failure, call: LoginCall): Refusal {
  const known = knownFailures.find(
    (row) =>
      (row.call === undefined || row.call === call) &&
      (row.text?.test(failure.text) === true ||
        (failure.code !== undefined && row.codes?.includes(failure.code) === true)),
  );
  if (known !== undefined) return known.refusal;
  const { status } = answer;
  if (status === 429) return throttled;
  if (status >= 500 || status === 424) return unavailable;
  if (status === 403)
    return { code: "permission_denied", message: "Kotak Neo forbids this account or application the login" };
  if (status === 404 || status === 405 || status === 422) {
    return { code: "protocol_error", message: `Kotak Neo answered ${status}: it does not know this call in this form` };
  }
  // A page of some proxy says nothing about a factor; an empty refusal does (kotak-neo.md section 12, `html-page` and style `empty`).
  if (failure.marked || (status >= 400 && answer.body !== "other")) {
    return call === "totp"
      ? {
          ...wrongIdentity,
          message: "Kotak Neo refused the access token, the mobile number, the UCC or the TOTP, and does not say which",
        }
      : {
          ...wrongMpin,
          message: "Kotak Neo refused the login at its MPIN and does not say why; the MPIN counts as wrong",
        };
  }
  return {
    code: "protocol_error",
    message: `Kotak Neo answered ${status} with neither a session nor an error that is known`,
  };
}

/** Clock drift is the first cause of a refused TOTP (kotak-neo.md section 9, gotcha 6), and the answer itself shows the broker's clock. */
function namingTheClock(refusal: Refusal, answer: BrokerAnswer, now: number): string | undefined {
  const date = answerDate(answer);
  const seconds = date === undefined ? 0 : Math.round((date - now) / 1000);
  // The header is cut to the second, and the answer took its time.
  if (Math.abs(seconds) < 10) return refusal.action;
  const direction = seconds > 0 ? "ahead of" : "behind";
  return `Synchronise the clock: the broker's is ${Math.abs(seconds)} s ${direction} the time that the code was made with.`;
}
