import { answerDate, BrokerAuthError, type BrokerAuthErrorCode, type BrokerAnswer, retryAfter } from "@x/core/adapter";
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

interface TextRow {
  readonly calls: readonly NubraCallName[];
  readonly text: RegExp;
  readonly code: RefusalCode;
  /** The text names no factor, so it proves nothing about one when the server itself failed or throttled. */
  readonly vague?: true;
}

const pinCalls: readonly NubraCallName[] = ["verifyPin", "renewWithPin", "enableTotp", "disableTotp"];
const factorCalls: readonly NubraCallName[] = ["startOtp", "forceSms", "verifyOtp", "loginTotp", ...pinCalls];

/**
 * Texts of nubra.md section 8, the most specific first. Most wordings were never recorded, so the rows look for the words that the
 * reference names and no more. `pin` is looked for as a word: "mapping" contains it too.
 */
const textRows: readonly TextRow[] = [
  { calls: factorCalls, text: /maximum attempts reached|too many attempts|\blocked\b/i, code: "account_locked" },
  {
    calls: factorCalls,
    text: /\baccess\b.*\b(blocked|denied)\b|\b(blocked|denied)\b.*\baccess\b/i,
    code: "permission_denied",
  },
  { calls: factorCalls, text: /\baccount\b.*\b(blocked|disabled)\b/i, code: "account_locked" },
  { calls: ["loginTotp", "disableTotp"], text: /totp is not enabled/i, code: "configuration" },
  { calls: ["startOtp", "forceSms"], text: /enter valid inputs/i, code: "invalid_credentials", vague: true },
  { calls: ["verifyOtp"], text: /expired/i, code: "challenge_expired" },
  { calls: ["verifyOtp", "forceSms"], text: /unauthori[sz]ed|token/i, code: "challenge_expired", vague: true },
  { calls: ["verifyOtp"], text: /\botp\b.*(incorrect|invalid)|(incorrect|invalid).*\botp\b/i, code: "otp_rejected" },
  { calls: ["verifyOtp"], text: /incorrect|invalid/i, code: "otp_rejected", vague: true },
  { calls: pinCalls, text: /(?<![a-z])m?-?pin(?![a-z])/i, code: "pin_rejected" },
  { calls: ["loginTotp", "enableTotp"], text: /totp/i, code: "totp_rejected" },
  { calls: ["loginTotp", "enableTotp"], text: /incorrect|invalid/i, code: "totp_rejected", vague: true },
  {
    calls: ["validateAddress"],
    text: /no ip addresses registered|ip address mismatch|trading access is restricted/i,
    code: "ip_not_allowed",
  },
];

/** What an unmatched 4xx means (nubra.md section 8). A step without an entry has no factor to refuse: `protocol_error`. */
const stepDefaults: Readonly<Partial<Record<NubraCallName, RefusalCode>>> = {
  startOtp: "invalid_credentials",
  forceSms: "invalid_credentials",
  verifyOtp: "otp_rejected",
  loginTotp: "totp_rejected",
  verifyPin: "pin_rejected",
  renewWithPin: "pin_rejected",
  enableTotp: "totp_rejected",
  disableTotp: "pin_rejected",
};

/** What an answer that is no success means, in the order of nubra.md section 8. Pure. Nothing of the broker's text gets into the error. */
export function refusal(call: NubraCallName, answer: BrokerAnswer, facts: RefusalFacts): BrokerAuthError {
  const { text, attemptsLeft } = readRefusal(answer);
  const code = refusalCode(call, answer, text);
  const { step } = endpoints[call];
  // An OTP that was refused has cost one of the attempts that the send told of (nubra.md section 5).
  const reckoned =
    code === "otp_rejected" && facts.attemptsBefore !== undefined ? Math.max(facts.attemptsBefore - 1, 0) : undefined;
  const left = attemptsLeft ?? reckoned;
  const counted = left === undefined ? "" : ` (${left} ${left === 1 ? "attempt" : "attempts"} left)`;
  const clocks = code === "totp_rejected" ? clockHint(answer, facts.now) : "";
  const wantsTwoCalls = code === "challenge_expired" && facts.firstSend === true && /unauthori[sz]ed/i.test(text);
  return new BrokerAuthError(code, `${step}: ${sentences[code]}${counted}${clocks}`, {
    broker: "nubra",
    step,
    status: answer.status,
    attemptsLeft: left,
    retryAfterMs: retryAfter(answer.header("retry-after"), facts.now),
    action: wantsTwoCalls ? twoCallAction : actions[code],
  });
}

/** A 2xx that lacks what the step needs, or goes on somewhere we do not know. */
export function unexpectedAnswer(
  call: NubraCallName,
  answer: BrokerAnswer,
  what: string,
  action?: string,
): BrokerAuthError {
  const { step } = endpoints[call];
  return new BrokerAuthError("protocol_error", `${step}: Nubra's answer ${what}`, {
    broker: "nubra",
    step,
    status: answer.status,
    action,
  });
}

function refusalCode(call: NubraCallName, answer: BrokerAnswer, text: string): RefusalCode {
  const { status, ok } = answer;
  const { carriesFactor } = endpoints[call];
  if (ok) return "protocol_error";
  const clear = status < 500 && status !== 429;
  const row = textRows.find((each) => each.calls.includes(call) && (clear || !each.vague) && each.text.test(text));
  if (row !== undefined) return row.code;
  if (status === 429) return "rate_limited";
  if (status >= 500) return carriesFactor ? "outcome_unknown" : "broker_unavailable";
  // A page says nothing about a token or a factor, whatever its status ("these do not mean a dead session", and section 12, `html-page`).
  const page = answer.body === "other" && /html/i.test(answer.header("content-type") ?? "");
  if (!page && (status === 440 || status === 401)) {
    const code = bearerRefusal(call, status, text);
    if (code !== undefined) return code;
  }
  if (status === 403) return "permission_denied";
  if (page || status === 404 || status === 405) return "protocol_error";
  return stepDefaults[call] ?? "protocol_error";
}

/** What 440 and 401 mean where a bearer was sent; undefined where none was, or where the status is about the PIN. */
function bearerRefusal(call: NubraCallName, status: number, text: string): RefusalCode | undefined {
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
      return aboutToken ? "challenge_expired" : undefined;
    case "renewWithPin":
    case "enableTotp":
    case "disableTotp":
      // The token is old and the PIN left with it: which of the two a bare 401 refused is not known (design, attempts table).
      return aboutToken ? "session_expired" : "outcome_unknown";
    case "generateTotp":
    case "logout":
    case "userInfo":
    case "validateAddress":
      return "session_expired";
  }
}

const sentences: Readonly<Record<RefusalCode, string>> = {
  account_locked: "Nubra takes no more attempts for this account",
  broker_unavailable: "Nubra answered that it is not working",
  challenge_expired: "Nubra no longer knows this login, or its code came too late",
  configuration: "TOTP is not enabled for this account in this environment and with this device id",
  invalid_credentials: "Nubra refused the phone number",
  ip_not_allowed: "Nubra does not allow this network address",
  otp_rejected: "Nubra refused the OTP",
  outcome_unknown: "Nubra gave no clear answer; it counts as an attempt",
  permission_denied: "Nubra denies this account or network the access",
  pin_rejected: "Nubra refused the MPIN",
  protocol_error: "Nubra's answer is none that is known here",
  rate_limited: "Nubra asks for fewer requests",
  session_expired: "the session or its auth token has ended",
  totp_rejected: "Nubra refused the TOTP code: the clock is off, or the secret or the phone is wrong",
};

const actions: Readonly<Partial<Record<RefusalCode, string>>> = {
  configuration:
    "Enrol TOTP for this environment, or check that environment and deviceId are the ones it was enrolled with.",
  totp_rejected:
    "Check the computer's clock, then the TOTP secret, then the phone number (or e-mail): a wrong one may be refused in the same words. Or this code was used already in these 30 seconds (did the program just restart with memoryStore?).",
  outcome_unknown: "Call again later: one further try is made, then a person has to look.",
};

// `auto` cannot see a server that really wants two sends (nubra.md section 10): the option is named here, and never taken by itself.
const twoCallAction = 'Start the login again. If that happens at every login, try nubra({ otpStart: "two-call" }).';

// Further apart than this and the clock is the likely reason: half a time step, which no round trip explains.
const clockHintMs = 15_000;

function clockHint(answer: BrokerAnswer, now: number): string {
  const apartMs = Math.abs((answerDate(answer) ?? now) - now);
  return apartMs < clockHintMs ? "" : `; the clocks here and there are about ${Math.round(apartMs / 1000)} s apart`;
}
