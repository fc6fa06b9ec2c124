import {
  type BrokerAnswer,
  type BrokerAuthError,
  commonMeanings,
  isPlainNo,
  knownRefusal,
  lockedText,
  type Meaning,
  meaningBeforeStatus,
  refusedCall,
  refusing,
  type RefusalRow,
  unexpectedAnswer,
} from "@x/core/adapter";
import type { NubraClient } from "./client.ts";
import { endpoints, names, type NubraCallName } from "./endpoints.ts";
import { addressText, readFailure } from "./failure-body.ts";
import { objectionTo } from "./responses.ts";

/** What the caller knows about the refused call. */
export interface RefusalFacts {
  /** Broker time in epoch milliseconds. */
  readonly now: number;
  /** Attempts that were left before this one, where Nubra told. */
  readonly attemptsBefore?: number | undefined;
  /** The OTP belongs to one send only and was not tried before: the case that `otpStart: "two-call"` is for. */
  readonly firstSend?: boolean | undefined;
}

const common = commonMeanings(names.title);
const { locked, wrongOtp, wrongTotp, wrongPin, wrongAddress, unclear, unrecognised } = common;
const wrongPhone: Meaning = { code: "invalid_credentials", message: "Nubra refused the phone number" };
const loginOver: Meaning = {
  code: "challenge_expired",
  message: "Nubra no longer knows this login, or its code came too late",
};
const tokenOver: Meaning = { code: "session_expired", message: "the session or its auth token has ended" };
const denied: Meaning = { ...common.denied, message: "Nubra denies this account or network the access" };
const notEnrolled: Meaning = {
  code: "configuration",
  message: "TOTP is not enabled for this account in this environment and with this device id",
  action: "Enrol TOTP for this environment, or check that environment and deviceId are the ones it was enrolled with.",
};
// The newest revisions of the official SDK have no word of TOTP any more (nubra.md, additions of 2026-11-30).
const notOffered: Meaning = {
  code: "configuration",
  message: "Nubra no longer offers TOTP login here; remove totpSecret and log in by SMS",
  action:
    "Take totpSecret (or totpCode) out of the account's configuration and call login() with a handler for the OTP. The code was not looked at, and nothing is blocked.",
};

const notEnrolledText = /totp is not enabled/i;
const pinRefused = refusing("m?-?pin");
const sessionOver = /\b(?:session|token) (?:is |has )?expired\b/i;

const pinCalls: readonly NubraCallName[] = ["verifyPin", "renewWithPin", "enableTotp", "disableTotp"];
const factorCalls: readonly NubraCallName[] = ["startOtp", "forceSms", "verifyOtp", "loginTotp", ...pinCalls];

/**
 * Texts of nubra.md section 8, the most specific first. Most wordings were never recorded, so the rows look for the words that the
 * reference names and no more. `pin` is looked for as a word: "mapping" contains it too.
 */
const rows: readonly RefusalRow<NubraCallName>[] = [
  {
    calls: factorCalls,
    text: /maximum attempts reached|too many attempts|\blocked\b/i,
    beyondDoubt: lockedText,
    meaning: locked,
  },
  {
    calls: factorCalls,
    text: /\baccess\b.*\b(blocked|denied)\b|\b(blocked|denied)\b.*\baccess\b/i,
    meaning: denied,
  },
  { calls: factorCalls, text: /\baccount\b.*\b(blocked|disabled)\b/i, meaning: locked },
  { calls: ["loginTotp", "disableTotp"], text: notEnrolledText, meaning: notEnrolled },
  { calls: ["startOtp", "forceSms"], text: /enter valid inputs/i, meaning: wrongPhone },
  {
    calls: ["verifyOtp"],
    text: /expired/i,
    beyondDoubt: /\botp(?: (?:is|was|has|code)){0,2} expired\b|\bexpired otp\b/i,
    meaning: loginOver,
  },
  { calls: ["verifyOtp", "forceSms"], text: /unauthori[sz]ed|token/i, meaning: loginOver },
  { calls: ["verifyOtp"], text: /incorrect|invalid/i, beyondDoubt: refusing("otp"), meaning: wrongOtp },
  { calls: pinCalls, text: pinRefused, beyondDoubt: pinRefused, meaning: wrongPin },
  // "Session expired, please login with MPIN" asks for an MPIN, and refuses none.
  { calls: ["verifyPin"], text: sessionOver, meaning: loginOver },
  { calls: pinCalls, text: sessionOver, meaning: tokenOver },
  { calls: pinCalls, text: /(?<![a-z])m?-?pin(?![a-z])/i, meaning: wrongPin },
  {
    calls: ["loginTotp", "enableTotp"],
    text: /totp|incorrect|invalid/i,
    beyondDoubt: refusing("totp"),
    meaning: wrongTotp,
  },
  {
    calls: ["validateAddress"],
    text: addressText,
    beyondDoubt: addressText,
    meaning: wrongAddress,
  },
];

/** What an unmatched 4xx means (nubra.md section 8). A step without an entry has no factor to refuse: `protocol_error`. */
const stepDefaults: Readonly<Partial<Record<NubraCallName, Meaning>>> = {
  startOtp: wrongPhone,
  forceSms: wrongPhone,
  verifyOtp: wrongOtp,
  loginTotp: wrongTotp,
  verifyPin: wrongPin,
  renewWithPin: wrongPin,
  enableTotp: wrongTotp,
  disableTotp: wrongPin,
};

/** What an answer that is no success means, in the order of nubra.md section 8. Pure. Nothing of the broker's text gets into the error. */
export function refusal(
  call: NubraCallName,
  answer: BrokerAnswer,
  { now, attemptsBefore, firstSend }: RefusalFacts,
): BrokerAuthError {
  const { text, attemptsLeft } = readFailure(answer.json);
  const meaning = meaningOf(call, answer, text, now);
  // An OTP that was refused has cost one of the attempts that the send told of (nubra.md section 5).
  const reckoned =
    meaning.code === "otp_rejected" && attemptsBefore !== undefined ? Math.max(attemptsBefore - 1, 0) : undefined;
  const wantsTwoCalls = meaning.code === "challenge_expired" && firstSend === true && /unauthori[sz]ed/i.test(text);
  return refusedCall(wantsTwoCalls ? { ...meaning, action: twoCallAction } : meaning, answer, now, {
    attemptsLeft: attemptsLeft ?? reckoned,
  });
}

/**
 * What a call was to bring.
 * @param read gives undefined for an answer without it
 * @param lack what is missing then, as the end of "it …"
 * @throws BrokerAuthError as the failure table says; `protocol_error` for a success that lacks it or speaks against itself
 */
export function granted<Value>(
  call: NubraCallName,
  answer: BrokerAnswer,
  read: (answer: BrokerAnswer) => Value | undefined,
  lack: string,
  { credentials, context }: NubraClient,
): Value {
  if (!answer.ok) throw refusal(call, answer, { now: context.now() });
  const found = read(answer);
  const wrong = found === undefined ? lack : objectionTo(answer, credentials);
  if (found === undefined || wrong !== undefined) throw unexpectedAnswer(answer, wrong ?? lack);
  return found;
}

/** Whether Nubra has no such call any more, which says nothing about the code that went with it (nubra.md, additions of 2026-11-30). */
export function isTotpGone(call: NubraCallName, { status }: BrokerAnswer): boolean {
  return endpoints[call].path.startsWith("/totp/") && [404, 405, 410, 501].includes(status);
}

function meaningOf(call: NubraCallName, answer: BrokerAnswer, text: string, now: number): Meaning {
  const { status, ok, body } = answer;
  const { carriesFactor } = endpoints[call];
  if (ok) return unrecognised;
  if (isTotpGone(call, answer)) return notEnrolledText.test(text) ? notEnrolled : notOffered;
  const decided = meaningBeforeStatus(answer, now, {
    failed: status >= 500 || status === 424,
    carriesFactor,
    known: (inDoubt) => knownRefusal(rows, { call, text, inDoubt }),
  });
  if (decided !== undefined) return decided;
  if (status === 403) return denied;
  // A page says nothing about a token or a factor, whatever its status ("these do not mean a dead session", and section 12, `html-page`).
  if (body === "other" && /html/i.test(answer.header("content-type") ?? "")) return unrecognised;
  if (status === 440 || status === 401) {
    const meaning = bearerRefusal(call, status, text);
    if (meaning !== undefined) return meaning;
  }
  // 422 refuses a form, and 440 is Nubra's own for a token that is over.
  return (isPlainNo(answer, [422, 440]) ? stepDefaults[call] : undefined) ?? unrecognised;
}

const bearerless: readonly NubraCallName[] = ["startOtp", "forceSms", "verifyOtp", "loginTotp", "readClock"];

/** What 440 and 401 mean where a bearer was sent; undefined where none was, or where the status is about the PIN. */
function bearerRefusal(call: NubraCallName, status: number, text: string): Meaning | undefined {
  if (bearerless.includes(call)) return undefined;
  const aboutToken = status === 440 || /token|session|expired/i.test(text);
  // The auth token of a first login is fresh, so a bare 401 is about the PIN. A dead one ends this login, and no session has ended.
  if (call === "verifyPin") return aboutToken ? loginOver : undefined;
  // The token is old and the PIN left with it: which of the two a bare 401 refused is not known (design, attempts table).
  if (call === "enableTotp" || call === "disableTotp") return aboutToken ? tokenOver : unclear;
  // At a renewal too: without a word about the PIN it is the auth token that is over, and the PIN was not looked at (nubra.md section 6, rung 2).
  return tokenOver;
}

// `auto` cannot see a server that really wants two sends (nubra.md section 10): the option is named here, and never taken by itself.
const twoCallAction = 'Start the login again. If that happens at every login, try nubra({ otpStart: "two-call" }).';
