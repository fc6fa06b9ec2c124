import {
  answerDate,
  type BrokerAnswer,
  BrokerAuthError,
  type BrokerAuthErrorCode,
  retryAfter,
  unexaminedCall,
} from "@x/core/adapter";
import { brokerId } from "./endpoints.ts";
import { carriesToken, type Failure, readFailure } from "./failure-body.ts";

/** Which factor a login call carried: call 1 the TOTP code, call 2 the MPIN. */
export type LoginCall = "totp" | "mpin";

/** Where a refused login call stands. */
export interface LoginContext {
  readonly call: LoginCall;
  /** The name of the step, for the error. */
  readonly step: string;
  /** Broker time in epoch milliseconds. */
  readonly now: number;
  /** What the account and the call hold, as plain text: a "code" that is one of these is an echo, and none. */
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
  /** Default: both calls. A factor that was not in the call is never blamed. */
  readonly call?: LoginCall;
  readonly refusal: Refusal;
  /** What the row needs instead where a server failed or turned the call away: a refusal of a named factor or account. Default: never. */
  readonly beyondDoubt?: RegExp;
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
  message: "Kotak Neo gave no clear answer; the attempt may have counted",
  action: "Wait a minute or longer before the next login: what was sent may have counted.",
};

const throttled: Refusal = { code: "rate_limited", message: "Kotak Neo asks for fewer requests" };

const turnedAway: Readonly<Record<"rate_limited" | "broker_unavailable", Refusal>> = {
  rate_limited: { code: "rate_limited", message: "Kotak Neo asks for fewer requests; nothing was looked at" },
  broker_unavailable: {
    code: "broker_unavailable",
    message:
      "Kotak Neo, or something in front of it, turned the call away before it was looked at; it counts for nothing",
    action: "Try again later. If it stays, look for a firewall or a proxy between this machine and Kotak Neo.",
  },
};

const viewOver: Refusal = {
  code: "challenge_expired",
  message: "Kotak Neo no longer accepts the first half of this login; the MPIN was not looked at",
};

/** "Account is locked" and the like: of a user or an account, and of nothing else that can be locked. */
const lockedText =
  /\b(?:account|user)(?: (?:id|is|was|has|have|been|now|temporarily|permanently|currently)){0,4} (?:locked|blocked)\b|\b(?:locked|blocked) (?:this |the |your )?(?:account|user)\b/i;

/** A refusal of that factor and not of a service for it: "Invalid X", "X is wrong". "X failed" may be the server's own fault. */
function refusing(thing: string): RegExp {
  const said = "(?:invalid|incorrect|wrong|expired)";
  const before = `\\b${said} (?:(?:the|your|field|or|old|given) ){0,3}'?(?:${thing})\\b(?!\\W+(?:\\w+ )?(?:service|server|store|backend|provider|response|config\\w*|upstream))`;
  const after = `\\b(?:${thing})'?(?: (?:is|was|has|been|code|given|entered)){0,3} ${said}\\b`;
  return new RegExp(`${before}|${after}`, "i");
}

/**
 * The text and code rows of kotak-neo.md section 8.2, the first match wins. They stand before every status. Where a server failed or turned
 * the call away, its words are about itself unless they refuse a factor or an account by name.
 */
const knownFailures: readonly KnownFailure[] = [
  {
    // "lock" is also a part of "clock", which good advice about a wrong TOTP may contain; a request is blocked by a firewall, a user by the broker.
    text: /(?:^|[^a-z0-9]|un)lock|\b(?:user|account|client|login)\b.{0,40}\bblock|\bblock\w* (?:this |the |your )?(?:user|account|client)\b|bad tries|max(?:imum)?(?: \w+){0,3} attempts/i,
    codes: ["70009"],
    beyondDoubt: lockedText,
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
    call: "totp",
    text: /(?:credentials?|ucc|mobile\w*|user\w*)\W+(?:or|and)\W+totp|totp\W+(?:or|and)\W+(?:credentials?|ucc|mobile|user)/i,
    beyondDoubt:
      /\b(?:invalid|incorrect|wrong|expired)\W+(?:(?:credentials?|ucc|mobile\w*|user\w*)\W+(?:or|and)\W+totp|totp\W+(?:or|and)\W+(?:credentials?|ucc|mobile|user))|(?:(?:credentials?|ucc|mobile\w*|user\w*)\W+(?:or|and)\W+totp|totp\W+(?:or|and)\W+(?:credentials?|ucc|mobile|user)) (?:is|are) (?:invalid|incorrect|wrong|expired)\b/i,
    refusal: wrongIdentity,
  },
  {
    text: naming("ucc"),
    beyondDoubt: refusing("ucc"),
    refusal: { ...wrongIdentity, message: "Kotak Neo does not know the client code (UCC)" },
  },
  {
    text: naming("mobile(?: ?number)?"),
    beyondDoubt: refusing("mobile(?: ?number)?"),
    refusal: { ...wrongIdentity, message: "Kotak Neo refused the mobile number" },
  },
  { call: "totp", text: naming("totp"), beyondDoubt: refusing("totp"), refusal: wrongTotp },
  { call: "mpin", text: naming("mpin"), beyondDoubt: refusing("mpin"), refusal: wrongMpin },
  {
    // Call 2 shows the view pair, so only there a session can be over. The words for it are not on record (row "View token").
    call: "mpin",
    text: /\bsession\b|\bview token\b|\b(?:invalid|expired) (?:jwt )?token\b|\btoken (?:is |has )?(?:invalid|expired)\b/i,
    codes: ["100022", "1003"],
    refusal: viewOver,
  },
  // The older hosts' words for a session that is over. In call 2 they come before anybody looks at the MPIN (kotak-neo.md section 8.3).
  { call: "mpin", codes: ["10020", "900901"], refusal: viewOver },
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
 * What the answer to a login call means that was not a success, in the order of kotak-neo.md section 8.2: known text and codes, what turned
 * the call away, 5xx and 424, 403, statuses of a changed protocol, the step's default for a refusal in unknown words, and `protocol_error` for
 * the rest.
 */
export function loginRefusal(answer: BrokerAnswer, client: LoginContext): BrokerAuthError {
  const failure = readFailure(answer.json);
  const refusal = classify(answer, failure, client);
  return new BrokerAuthError(refusal.code, `${client.step}: ${refusal.message}`, {
    broker: brokerId,
    step: client.step,
    status: answer.status,
    brokerCode: shownCode(failure.code, client.held),
    action: refusal.code === "totp_rejected" ? namingTheClock(refusal, answer, client.now) : refusal.action,
    field: refusal.field,
    retryAfterMs: waits.has(refusal.code) ? retryAfter(answer.header("retry-after"), client.now) : undefined,
  });
}

/** A 2xx that lacks what the step needs, or contradicts itself. */
export function unexpectedAnswer(step: string, answer: BrokerAnswer, what: string, action?: string): BrokerAuthError {
  return new BrokerAuthError("protocol_error", `${step}: ${unrecognised}: it ${what}`, {
    broker: brokerId,
    step,
    status: answer.status,
    action,
  });
}

/** A token that was over before it was given. The clocks are the likely reason where they differ, and then they are what has to be set. */
export function endedToken(step: string, answer: BrokerAnswer, now: number): BrokerAuthError {
  const seconds = secondsAhead(answer, now);
  const isOff = Math.abs(seconds) >= clockHintSeconds;
  const clocks = isOff ? `; the clocks here and there are about ${Math.abs(seconds)} s apart` : "";
  const action = isOff ? "Synchronise the computer's clock, then log in again." : undefined;
  return unexpectedAnswer(step, answer, `brings a token that has ended already${clocks}`, action);
}

const unrecognised = "unrecognised answer from Kotak Neo";

// The codes after which somebody waits.
const waits: ReadonlySet<BrokerAuthErrorCode> = new Set(["rate_limited", "broker_unavailable", "outcome_unknown"]);

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

/** The broker's code as an error may show it: one on record. The field can hold anything, so also what was sent. */
function shownCode(code: string | undefined, held: readonly string[]): string | undefined {
  return code !== undefined && namedCodes.has(code) && !held.includes(code) ? code : undefined;
}

/** Statuses by which a back end says no without a word. Any other empty 4xx is about the request's form or its way, and blames no factor. */
const saysNo: ReadonlySet<number> = new Set([400, 401, 402, 409, 412, 423]);

function classify(answer: BrokerAnswer, failure: Failure, { call, now }: LoginContext): Refusal {
  const { status, body } = answer;
  const passed = unexaminedCall(answer, now);
  // The body may say by its own code that a server failed, under any status.
  const failed = status >= 500 || status === 424 || /^(424|5\d\d)$/.test(failure.code ?? "");
  const inDoubt = failed || passed !== undefined;
  const known = knownFailures.find(
    ({ call: only, text, codes, beyondDoubt }) =>
      (only === undefined || only === call) &&
      (inDoubt
        ? beyondDoubt?.test(failure.text) === true
        : text?.test(failure.text) === true || (failure.code !== undefined && codes?.includes(failure.code) === true)),
  );
  if (known !== undefined) return known.refusal;
  if (passed !== undefined) return turnedAway[passed.code];
  if (failed) return unavailable;
  if (status === 403)
    return { code: "permission_denied", message: "Kotak Neo forbids this account or application the login" };
  if (status === 404 || status === 405 || status === 422)
    return { code: "protocol_error", message: `${unrecognised} (${status}): it does not know this call in this form` };
  if (failure.marked && carriesToken(answer.json))
    return { code: "protocol_error", message: `${unrecognised}: it brings a token and a failure` };
  // A page of some proxy says nothing about a factor; an empty refusal does (kotak-neo.md section 12, `html-page` and style `empty`).
  if (failure.marked || (status >= 400 && (body === "json" || (body === "empty" && saysNo.has(status))))) {
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
    message: `${unrecognised} (${status}): neither a session nor an error that is known`,
  };
}

// The header is cut to the second, and the answer took its time.
const clockHintSeconds = 10;

function secondsAhead(answer: BrokerAnswer, now: number): number {
  const date = answerDate(answer);
  return date === undefined ? 0 : Math.round((date - now) / 1000);
}

/** Clock drift is the first cause of a refused TOTP (kotak-neo.md section 9, gotcha 6), and the answer itself shows the broker's clock. */
function namingTheClock(refusal: Refusal, answer: BrokerAnswer, now: number): string | undefined {
  const seconds = secondsAhead(answer, now);
  if (Math.abs(seconds) < clockHintSeconds) return refusal.action;
  const direction = seconds > 0 ? "ahead of" : "behind";
  return `Synchronise the clock: the broker's is ${Math.abs(seconds)} s ${direction} the time that the code was made with.`;
}
