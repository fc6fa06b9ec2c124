import {
  answerDate,
  type BrokerAnswer,
  BrokerAuthError,
  type BrokerAuthErrorCode,
  retryAfter,
  unexaminedCall,
} from "@x/core/adapter";
import { endpoints, type NubraCallName } from "./endpoints.ts";
import { readRefusal } from "./responses.ts";

/** The codes that an answer of Nubra can come to. */
type RefusalCode = Extract<
  BrokerAuthErrorCode,
  | "account_locked"
  | "broker_unavailable"
  | "challenge_expired"
  | "configuration"
  | "invalid_credentials"
  | "ip_not_allowed"
  | "otp_rejected"
  | "outcome_unknown"
  | "permission_denied"
  | "pin_rejected"
  | "protocol_error"
  | "rate_limited"
  | "session_expired"
  | "totp_rejected"
>;

/** What the caller knows about the refused call. */
export interface RefusalFacts {
  /** Broker time in epoch milliseconds. */
  readonly now: number;
  /** Attempts that were left before this one, where Nubra told. */
  readonly attemptsBefore?: number | undefined;
  /** The OTP belongs to one send only and was not tried before: the case that `otpStart: "two-call"` is for. */
  readonly firstSend?: boolean | undefined;
}

/** What a refusal is: a code, what happened, and what to do where the code's own sentence says too little. */
interface Meaning {
  readonly code: RefusalCode;
  readonly message: string;
  readonly action?: string;
}

interface TextRow {
  readonly calls: readonly NubraCallName[];
  readonly text: RegExp;
  readonly meaning: Meaning;
  /** What the row needs instead where a server failed or turned the call away: a refusal of a named factor or account. Default: never. */
  readonly beyondDoubt?: RegExp;
}

const locked: Meaning = { code: "account_locked", message: "Nubra takes no more attempts for this account" };
const wrongPhone: Meaning = { code: "invalid_credentials", message: "Nubra refused the phone number" };
const wrongOtp: Meaning = { code: "otp_rejected", message: "Nubra refused the OTP" };
const wrongPin: Meaning = { code: "pin_rejected", message: "Nubra refused the MPIN" };
const wrongTotp: Meaning = {
  code: "totp_rejected",
  message: "Nubra refused the TOTP code: the clock is off, or the secret or the phone is wrong",
  action:
    "Check the computer's clock, then the TOTP secret, then the phone number (or e-mail): a wrong one may be refused in the same words. Or this code was used already in these 30 seconds (did the program just restart with memoryStore?).",
};
const loginOver: Meaning = {
  code: "challenge_expired",
  message: "Nubra no longer knows this login, or its code came too late",
};
const tokenOver: Meaning = { code: "session_expired", message: "the session or its auth token has ended" };
const wrongAddress: Meaning = { code: "ip_not_allowed", message: "Nubra does not allow this network address" };
const denied: Meaning = {
  code: "permission_denied",
  message: "Nubra denies this account or network the access",
};
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
const unavailable: Meaning = { code: "broker_unavailable", message: "Nubra answered that it is not working" };
const unclear: Meaning = {
  code: "outcome_unknown",
  message: "Nubra gave no clear answer; the attempt may have counted",
  action: "Wait a minute or longer before the next login: what was sent may have counted.",
};
const unrecognised: Meaning = { code: "protocol_error", message: "unrecognised answer from Nubra" };

const turnedAway: Readonly<Record<"rate_limited" | "broker_unavailable", Meaning>> = {
  rate_limited: { code: "rate_limited", message: "Nubra asks for fewer requests; nothing was looked at" },
  broker_unavailable: {
    code: "broker_unavailable",
    message: "Nubra, or something in front of it, turned the call away before it was looked at; it counts for nothing",
    action: "Try again later. If it stays, look for a firewall or a proxy between this machine and Nubra.",
  },
};

const notEnrolledText = /totp is not enabled/i;

const pinCalls: readonly NubraCallName[] = ["verifyPin", "renewWithPin", "enableTotp", "disableTotp"];
const factorCalls: readonly NubraCallName[] = ["startOtp", "forceSms", "verifyOtp", "loginTotp", ...pinCalls];

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

const addressText = /no ip addresses registered|ip address mismatch|trading access is restricted/i;

/**
 * Texts of nubra.md section 8, the most specific first. Most wordings were never recorded, so the rows look for the words that the
 * reference names and no more. `pin` is looked for as a word: "mapping" contains it too.
 */
const textRows: readonly TextRow[] = [
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
  {
    calls: ["verifyOtp"],
    text: /\botp\b.*(incorrect|invalid)|(incorrect|invalid).*\botp\b/i,
    beyondDoubt: refusing("otp"),
    meaning: wrongOtp,
  },
  { calls: ["verifyOtp"], text: /incorrect|invalid/i, meaning: wrongOtp },
  { calls: pinCalls, text: /(?<![a-z])m?-?pin(?![a-z])/i, beyondDoubt: refusing("m?-?pin"), meaning: wrongPin },
  { calls: ["loginTotp", "enableTotp"], text: /totp/i, beyondDoubt: refusing("totp"), meaning: wrongTotp },
  { calls: ["loginTotp", "enableTotp"], text: /incorrect|invalid/i, meaning: wrongTotp },
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
export function refusal(call: NubraCallName, answer: BrokerAnswer, facts: RefusalFacts): BrokerAuthError {
  const { text, attemptsLeft } = readRefusal(answer);
  const { code, message, action } = meaningOf(call, answer, text, facts.now);
  const { step } = endpoints[call];
  // An OTP that was refused has cost one of the attempts that the send told of (nubra.md section 5).
  const reckoned =
    code === "otp_rejected" && facts.attemptsBefore !== undefined ? Math.max(facts.attemptsBefore - 1, 0) : undefined;
  const left = attemptsLeft ?? reckoned;
  const counted = left === undefined ? "" : ` (${left} ${left === 1 ? "attempt" : "attempts"} left)`;
  const clocks = code === "totp_rejected" ? clockHint(answer, facts.now) : "";
  const wantsTwoCalls = code === "challenge_expired" && facts.firstSend === true && /unauthori[sz]ed/i.test(text);
  return new BrokerAuthError(code, `${step}: ${message}${counted}${clocks}`, {
    broker: "nubra",
    step,
    status: answer.status,
    attemptsLeft: left,
    retryAfterMs: waits.has(code) ? retryAfter(answer.header("retry-after"), facts.now) : undefined,
    action: wantsTwoCalls ? twoCallAction : action,
  });
}

/** A 2xx that lacks what the step needs, contradicts itself, or goes on somewhere we do not know. */
export function unexpectedAnswer(
  call: NubraCallName,
  answer: BrokerAnswer,
  what: string,
  action?: string,
): BrokerAuthError {
  const { step } = endpoints[call];
  return new BrokerAuthError("protocol_error", `${step}: ${unrecognised.message}: it ${what}`, {
    broker: "nubra",
    step,
    status: answer.status,
    action,
  });
}

/** A token that was over before it was given. The clocks are the likely reason where they differ, and then they are what has to be set. */
export function endedToken(call: NubraCallName, answer: BrokerAnswer, token: string, now: number): BrokerAuthError {
  const clocks = clockHint(answer, now);
  const action = clocks === "" ? undefined : "Synchronise the computer's clock, then log in again.";
  return unexpectedAnswer(call, answer, `holds ${token} that has ended already${clocks}`, action);
}

/** Whether Nubra has no such call any more, which says nothing about the code that went with it (nubra.md, additions of 2026-11-30). */
export function isTotpGone(call: NubraCallName, { status }: BrokerAnswer): boolean {
  return endpoints[call].path.startsWith("/totp/") && [404, 405, 410, 501].includes(status);
}

// The codes after which somebody waits.
const waits: ReadonlySet<RefusalCode> = new Set(["rate_limited", "broker_unavailable", "outcome_unknown"]);

/** Statuses by which a back end says no without a word. Any other empty 4xx is about the request's form or its way, and blames no factor. */
const saysNo: ReadonlySet<number> = new Set([400, 401, 402, 409, 412, 422, 423, 440]);

function meaningOf(call: NubraCallName, answer: BrokerAnswer, text: string, now: number): Meaning {
  const { status, ok, body } = answer;
  const { carriesFactor } = endpoints[call];
  if (ok) return unrecognised;
  if (isTotpGone(call, answer)) return notEnrolledText.test(text) ? notEnrolled : notOffered;
  const passed = unexaminedCall(answer, now);
  const failed = status >= 500 || status === 424;
  const inDoubt = failed || passed !== undefined;
  const row = textRows.find(
    (each) => each.calls.includes(call) && (inDoubt ? each.beyondDoubt : each.text)?.test(text) === true,
  );
  if (row !== undefined) return row.meaning;
  if (passed !== undefined && (carriesFactor || passed.code === "rate_limited")) return turnedAway[passed.code];
  if (failed) return carriesFactor ? unclear : unavailable;
  if (status === 403) return denied;
  // A page says nothing about a token or a factor, whatever its status ("these do not mean a dead session", and section 12, `html-page`).
  if (body === "other" && /html/i.test(answer.header("content-type") ?? "")) return unrecognised;
  if (status === 440 || status === 401) {
    const meaning = bearerRefusal(call, status, text);
    if (meaning !== undefined) return meaning;
  }
  if (status === 404 || status === 405 || body === "other" || (body === "empty" && !saysNo.has(status)))
    return unrecognised;
  return stepDefaults[call] ?? unrecognised;
}

/** What 440 and 401 mean where a bearer was sent; undefined where none was, or where the status is about the PIN. */
function bearerRefusal(call: NubraCallName, status: number, text: string): Meaning | undefined {
  const aboutToken = status === 440 || /token|session|expired/i.test(text);
  switch (call) {
    case "startOtp":
    case "forceSms":
    case "verifyOtp":
    case "loginTotp":
    case "readClock":
      return undefined;
    case "verifyPin":
      // The auth token of a first login is fresh, so a bare 401 is about the PIN. A dead one ends this login, and no session has ended.
      return aboutToken ? loginOver : undefined;
    case "enableTotp":
    case "disableTotp":
      // The token is old and the PIN left with it: which of the two a bare 401 refused is not known (design, attempts table).
      return aboutToken ? tokenOver : unclear;
    case "renewWithPin":
    // Without a word about the PIN it is the auth token that is over, and the PIN was not looked at (nubra.md section 6, rung 2).
    case "generateTotp":
    case "logout":
    case "userInfo":
    case "validateAddress":
      return tokenOver;
  }
}

// `auto` cannot see a server that really wants two sends (nubra.md section 10): the option is named here, and never taken by itself.
const twoCallAction = 'Start the login again. If that happens at every login, try nubra({ otpStart: "two-call" }).';

// Further apart than this and the clock is the likely reason: half a time step, which no round trip explains.
const clockHintMs = 15_000;

function clockHint(answer: BrokerAnswer, now: number): string {
  const apartMs = Math.abs((answerDate(answer) ?? now) - now);
  return apartMs < clockHintMs ? "" : `; the clocks here and there are about ${Math.round(apartMs / 1000)} s apart`;
}
