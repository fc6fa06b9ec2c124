import {
  type BrokerAnswer,
  type BrokerAuthError,
  blaming,
  commonMeanings,
  isPlainNo,
  knownRefusal,
  lockedText,
  type Meaning,
  meaningBeforeStatus,
  refusedCall,
  type RefusalRow,
} from "@x/core/adapter";
import { type LoginCall, names } from "./endpoints.ts";
import { carriesToken, type Failure, namedCodes, readFailure } from "./failure-body.ts";

/** What the caller knows about the refused call. */
export interface RefusalFacts {
  /** Broker time in epoch milliseconds. */
  readonly now: number;
  /** What the account and the call hold, as plain text: a "code" that is one of these is an echo, and none. */
  readonly held: readonly string[];
}

const common = commonMeanings(names.title);
// broker_unavailable, the word of kotak-neo.md where a server fails, would say that no factor was spent; one has left, so it is `unclear`.
const { wrongTotp, wrongPin, unclear, unrecognised } = common;

const wrongAccessToken: Meaning = {
  code: "invalid_credentials",
  message: "Kotak Neo does not know the access token",
  field: "accessToken",
  action: "Copy the current access token from the Neo dashboard: a reset there makes the older one worthless.",
};

const wrongIdentity: Meaning = {
  code: "invalid_credentials",
  message: "Kotak Neo refused the mobile number, the client code (UCC) or the TOTP, and does not say which",
  action: "Check the mobile number, the UCC and the access token, then the computer's clock and the TOTP secret.",
};

const throttled: Meaning = { code: "rate_limited", message: "Kotak Neo asks for fewer requests" };

const viewOver: Meaning = {
  code: "challenge_expired",
  message: "Kotak Neo no longer accepts the first half of this login; the MPIN was not looked at",
};

const denied: Meaning = { ...common.denied, message: "Kotak Neo forbids this account or application the login" };

const wrong = "(?:invalid|incorrect|wrong|expired)";
const identityOrTotp =
  "(?:credentials?|ucc|mobile\\w*|user\\w*)\\W+(?:or|and)\\W+totp|totp\\W+(?:or|and)\\W+(?:credentials?|ucc|mobile|user)";

/**
 * The text and code rows of kotak-neo.md section 8.2, the first match wins. They stand before every status. Where a server failed or turned
 * the call away, its words are about itself unless they refuse a factor or an account by name.
 */
const rows: readonly RefusalRow<LoginCall>[] = [
  {
    // "lock" is also a part of "clock", which good advice about a wrong TOTP may contain; a request is blocked by a firewall, a user by the broker.
    text: /(?:^|[^a-z0-9]|un)lock|\b(?:user|account|client|login)\b.{0,40}\bblock|\bblock\w* (?:this |the |your )?(?:user|account|client)\b|bad tries|max(?:imum)?(?: \w+){0,3} attempts/i,
    codes: ["70009"],
    beyondDoubt: lockedText,
    meaning: {
      code: "account_locked",
      message: "Kotak Neo has locked this account",
      action:
        "Do not try again: older interfaces of this broker lock for 24 hours. Unlock in the Neo app or on the web, then call unlock().",
    },
  },
  ...["MobileNumber", "Ucc", "Totp", "Mpin"].map((name) => ({
    text: new RegExp(`missing required field '?${name}\\b`, "i"),
    meaning: {
      code: "configuration" as const,
      message: `Kotak Neo says that the field ${name} is missing`,
      field: `${name.charAt(0).toLowerCase()}${name.slice(1)}`,
    },
  })),
  {
    text: /missing required field/i,
    meaning: { code: "configuration", message: "Kotak Neo says that a field of the login is missing" },
  },
  {
    text: /required header not found/i,
    codes: ["10512"],
    meaning: {
      code: "protocol_error",
      message: "Kotak Neo says that a header is missing, which this adapter should have sent",
    },
  },
  { text: /consumer key/i, meaning: wrongAccessToken },
  // The combined sentence must not count as a wrong TOTP alone.
  {
    calls: ["loginTotp"],
    text: new RegExp(identityOrTotp, "i"),
    beyondDoubt: new RegExp(`\\b${wrong}\\W+(?:${identityOrTotp})|(?:${identityOrTotp}) (?:is|are) ${wrong}\\b`, "i"),
    meaning: wrongIdentity,
  },
  {
    ...blaming("ucc"),
    meaning: { ...wrongIdentity, message: "Kotak Neo does not know the client code (UCC)" },
  },
  {
    ...blaming("mobile(?: ?number)?"),
    meaning: { ...wrongIdentity, message: "Kotak Neo refused the mobile number" },
  },
  { calls: ["loginTotp"], ...blaming("totp"), meaning: wrongTotp },
  { calls: ["verifyPin"], ...blaming("mpin"), meaning: wrongPin },
  {
    // Call 2 shows the view pair, so only there a session can be over. The words for it are not on record (row "View token").
    calls: ["verifyPin"],
    text: /\bsession\b|\bview token\b|\b(?:invalid|expired) (?:jwt )?token\b|\btoken (?:is |has )?(?:invalid|expired)\b/i,
    // The last two are the older hosts' codes. In call 2 they come before anybody looks at the MPIN (kotak-neo.md section 8.3).
    codes: ["100022", "1003", "10020", "900901"],
    meaning: viewOver,
  },
  { codes: ["900901"], meaning: wrongAccessToken },
  { text: /dependency error/i, meaning: unclear },
  { text: /too many requests|rate limit|throttl/i, meaning: throttled },
];

/**
 * What the answer to a login call means that was not a success, in the order of kotak-neo.md section 8.2: known text and codes, what turned
 * the call away, 5xx and 424, 403, statuses of a changed protocol, the step's default for a refusal in unknown words, and `protocol_error` for
 * the rest.
 */
export function refusal(call: LoginCall, answer: BrokerAnswer, { now, held }: RefusalFacts): BrokerAuthError {
  const failure = readFailure(answer.json);
  const brokerCode = shownCode(failure.code, held);
  return refusedCall(meaningOf(call, answer, failure, now), answer, now, { brokerCode });
}

/** The broker's code as an error may show it: one on record. The field can hold anything, so also what was sent. */
function shownCode(code: string | undefined, held: readonly string[]): string | undefined {
  return code !== undefined && namedCodes.has(code) && !held.includes(code) ? code : undefined;
}

/** What a refusal in unknown words means. */
const stepDefaults: Readonly<Record<LoginCall, Meaning>> = {
  loginTotp: {
    ...wrongIdentity,
    message: "Kotak Neo refused the access token, the mobile number, the UCC or the TOTP, and does not say which",
  },
  verifyPin: {
    ...wrongPin,
    message: "Kotak Neo refused the login at its MPIN and does not say why; the MPIN counts as wrong",
  },
};

function meaningOf(call: LoginCall, answer: BrokerAnswer, failure: Failure, now: number): Meaning {
  const { status } = answer;
  const { text, code, marked } = failure;
  const decided = meaningBeforeStatus(answer, now, {
    // The body may say by its own code that a server failed, under any status.
    failed: status >= 500 || status === 424 || /^(424|5\d\d)$/.test(code ?? ""),
    carriesFactor: true,
    known: (inDoubt) => knownRefusal(rows, { call, text, code, inDoubt }),
  });
  if (decided !== undefined) return decided;
  if (status === 403) return denied;
  if (status === 404 || status === 405 || status === 422)
    return unknown(`it does not know this call in this form (${status})`);
  if (marked && carriesToken(answer.json)) return unknown("it brings a token and a failure");
  // A page of some proxy says nothing about a factor; an empty refusal does (kotak-neo.md section 12, `html-page` and style `empty`).
  if (marked || isPlainNo(answer)) return stepDefaults[call];
  return unknown(`neither a session nor an error that is known (${status})`);
}

function unknown(what: string): Meaning {
  return { ...unrecognised, message: `${unrecognised.message}: ${what}` };
}
