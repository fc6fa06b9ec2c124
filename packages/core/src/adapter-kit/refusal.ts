import { attemptCount, BrokerAuthError, type BrokerAuthErrorDetails } from "../errors/broker-auth-error.ts";
import type { BrokerAuthErrorCode } from "../errors/error-codes.ts";
import { answerDate, type BrokerAnswer, retryAfter } from "./broker-call.ts";
import { isPremature, jwtExpiry } from "./jwt-claims.ts";
import type { Secret } from "../contract/secret.ts";
import { unexaminedCall } from "./unexamined-call.ts";

/** What a refusal is: a code, what happened, and what to do where the code's own sentence says too little. */
export interface Meaning {
  readonly code: BrokerAuthErrorCode;
  /** Without the step, which is put in front. */
  readonly message: string;
  readonly action?: string | undefined;
  /** The field of the account that it is about. */
  readonly field?: string | undefined;
  readonly brokerCode?: string | number | undefined;
}

/** One known refusal: the texts and codes by which the broker says it, and what it means. */
export interface RefusalRow<Call extends string> {
  /** Default: every call. A factor that was not in the call is never blamed. */
  readonly calls?: readonly Call[];
  readonly text?: RegExp;
  readonly codes?: readonly string[];
  /** What the row needs instead where a server failed or turned the call away: a refusal of a named factor or account. Default: never. */
  readonly beyondDoubt?: RegExp;
  readonly meaning: Meaning;
}

/** What the broker said to a call, and in which state. */
export interface SaidRefusal<Call extends string> {
  readonly call: Call;
  readonly text: string;
  readonly code?: string | undefined;
  /** A server failed, or the call was turned away: what it says is about itself unless it refuses a factor by name. */
  readonly inDoubt: boolean;
}

/** The first row that knows this refusal. */
export function knownRefusal<Call extends string>(
  rows: readonly RefusalRow<Call>[],
  { call, text, code, inDoubt }: SaidRefusal<Call>,
): Meaning | undefined {
  return rows.find(({ calls, codes, beyondDoubt, text: known }) => {
    if (calls?.includes(call) === false) return false;
    if (inDoubt) return beyondDoubt?.test(text) === true;
    return known?.test(text) === true || (code !== undefined && codes?.includes(code) === true);
  })?.meaning;
}

/** "Account is locked" and the like: of a user or an account, and of nothing else that can be locked. */
export const lockedText: RegExp =
  /\b(?:account|user)(?: (?:id|is|was|has|have|been|now|temporarily|permanently|currently)){0,4} (?:locked|blocked)\b|\b(?:locked|blocked) (?:this |the |your )?(?:account|user)\b/i;

/**
 * A lock by a broker in its own words, and {@link lockedText} beyond doubt. "lock" is also a part of "clock", which good advice about a wrong TOTP may
 * contain; a request is blocked by a firewall, a user by the broker.
 */
export const locking: Required<Pick<RefusalRow<string>, "text" | "beyondDoubt">> = {
  text: /(?:^|[^a-z0-9]|un)lock|\b(?:user|account|client|login)\b.{0,40}\bblock|\bblock\w* (?:for )?(?:this |the |your )?(?:user|account|client)\b|bad tries|max(?:imum)?(?: \w+){0,3} attempts/i,
  beyondDoubt: lockedText,
};

const wrong = "(?:invalid|incorrect|wrong|expired)";

/** A refusal of that thing by its name: "Invalid X", "Invalid field 'X'", "X is wrong", "X verification failed", and the like. */
export function blaming(thing: string): Required<Pick<RefusalRow<string>, "text" | "beyondDoubt">> {
  const before = `\\b${wrong} (?:the |your |field )?'?(?:${thing})\\b`;
  const after = `\\b(?:${thing})'?(?: \\w+){0,3} (?:${wrong}|mismatch\\w*|match|fail\\w*|rejected)\\b`;
  return { text: new RegExp(`${before}|${after}`, "i"), beyondDoubt: refusing(thing) };
}

/** A refusal of that factor and not of a service for it: "Invalid X", "X is wrong". "X failed" may be the server's own fault. */
export function refusing(thing: string): RegExp {
  const before = `\\b${wrong} (?:(?:the|your|field|or|old|given) ){0,3}'?(?:${thing})\\b(?!\\W+(?:\\w+ )?(?:service|server|store|backend|provider|response|config\\w*|upstream))`;
  const after = `\\b(?:${thing})'?(?: (?:is|are|was|has|been|code|given|entered)){0,3} ${wrong}\\b`;
  return new RegExp(`${before}|${after}`, "i");
}

/** What every broker's refusals can mean. @param title the broker as messages name it */
export function commonMeanings(
  title: string,
): Readonly<
  Record<
    | "locked"
    | "wrongOtp"
    | "wrongTotp"
    | "wrongPin"
    | "wrongAddress"
    | "sessionOver"
    | "denied"
    | "unclear"
    | "notWorking"
    | "unrecognised"
    | "rate_limited"
    | "broker_unavailable",
    Meaning
  >
> {
  return {
    locked: { code: "account_locked", message: `${title} takes no more attempts for this account` },
    wrongOtp: { code: "otp_rejected", message: `${title} refused the OTP` },
    wrongTotp: {
      code: "totp_rejected",
      message: `${title} refused the TOTP code`,
      action:
        "Check the computer's clock, then the TOTP secret, then who logs in with it: a wrong phone number may be refused in the same words. Or this code was used already in these 30 seconds (did the program just restart with memoryStore?).",
    },
    wrongPin: { code: "pin_rejected", message: `${title} refused the MPIN` },
    wrongAddress: { code: "ip_not_allowed", message: `${title} does not allow this network address` },
    sessionOver: { code: "session_expired", message: "the session has ended" },
    denied: { code: "permission_denied", message: `${title} denies this app or account the call` },
    unclear: {
      code: "outcome_unknown",
      message: `${title} gave no clear answer; the attempt may have counted`,
      action: "Wait a minute or longer before the next login: what was sent may have counted.",
    },
    notWorking: { code: "broker_unavailable", message: `${title} answered that it is not working` },
    unrecognised: { code: "protocol_error", message: `unrecognised answer from ${title}` },
    rate_limited: { code: "rate_limited", message: `${title} asks for fewer requests; nothing was looked at` },
    broker_unavailable: {
      code: "broker_unavailable",
      message: `${title}, or something in front of it, turned the call away before it was looked at; it counts for nothing`,
      action: `Try again later. If it stays, look for a firewall or a proxy between this machine and ${title}.`,
    },
  };
}

/** What is known of a refused call before its status is looked at. */
export interface CallState {
  /** Whether a server failed, by the status or by what the body says. */
  readonly failed: boolean;
  readonly carriesFactor: boolean;
  /** What the broker's words mean. Where a server failed or turned the call away (`inDoubt`), they are about itself, unless they refuse a factor by name. */
  readonly known: (inDoubt: boolean) => Meaning | undefined;
}

/**
 * What decides before any status does, for every broker in this order: its own words, a call that was turned away unexamined, a server that failed.
 * Undefined for every other answer.
 */
export function meaningBeforeStatus(
  answer: BrokerAnswer,
  now: number,
  { failed, carriesFactor, known }: CallState,
): Meaning | undefined {
  const common = commonMeanings(answer.title);
  const passed = unexaminedCall(answer, now);
  const said = known(failed || passed !== undefined);
  if (said !== undefined) return said;
  if (passed !== undefined && (carriesFactor || passed.code === "rate_limited")) return common[passed.code];
  // What carried a factor has left: nobody knows what became of it.
  return failed ? common[carriesFactor ? "unclear" : "notWorking"] : undefined;
}

// Statuses by which a back end says no without a word. Any other empty 4xx is about the request's form or its way, and blames no factor.
const wordlessNo: ReadonlySet<number> = new Set([400, 401, 402, 409, 412, 423]);

/**
 * Whether an answer is the broker's own no, in words that nobody knows or in none. A page is a proxy's, and 404 and 405 are about the address.
 * @param further statuses by which this broker says no without a word, too
 */
export function isPlainNo({ status, body }: BrokerAnswer, further: readonly number[] = []): boolean {
  if (status < 400 || status === 404 || status === 405) return false;
  return body === "json" || (body === "empty" && (wordlessNo.has(status) || further.includes(status)));
}

// The codes after which somebody waits.
const waits: ReadonlySet<BrokerAuthErrorCode> = new Set(["rate_limited", "broker_unavailable", "outcome_unknown"]);

/**
 * The error for a refusal. Where a TOTP code is refused and the clocks differ, they are what has to be set.
 * @param now broker time in epoch milliseconds
 */
export function refusedCall(
  { code, message, action, field, brokerCode }: Meaning,
  answer: BrokerAnswer,
  now: number,
  details: BrokerAuthErrorDetails = {},
): BrokerAuthError {
  const { broker, step, status } = answer;
  const clocks = code === "totp_rejected" ? clockDifference(answer, now) : undefined;
  const left = attemptCount(details.attemptsLeft);
  const counted = left === undefined ? "" : ` (${left} ${left === 1 ? "attempt" : "attempts"} left)`;
  // The action of this code asks for step and status to be reported.
  const seen = code === "protocol_error" ? ` (${status})` : "";
  return new BrokerAuthError(code, `${step}: ${message}${seen}${counted}${clocks?.message ?? ""}`, {
    broker,
    step,
    status,
    field,
    brokerCode,
    action: clocks?.action ?? action,
    retryAfterMs: waits.has(code) ? retryAfter(answer.header("retry-after"), now) : undefined,
    ...details,
  });
}

/** A 2xx that lacks what the step needs, contradicts itself, or goes on somewhere we do not know. @param what the end of "it …" */
export function unexpectedAnswer(answer: BrokerAnswer, what: string, action?: string): BrokerAuthError {
  const { broker, title, step, status } = answer;
  const message = `${step}: unrecognised answer from ${title}: it ${what}`;
  return new BrokerAuthError("protocol_error", message, { broker, step, status, action });
}

/** A token that was over before it was given. The clocks are the likely reason where they differ. */
export function endedToken(answer: BrokerAnswer, now: number): BrokerAuthError {
  const clocks = clockDifference(answer, now);
  return unexpectedAnswer(answer, `brings a token that has ended already${clocks?.message ?? ""}`, clocks?.action);
}

/**
 * Refuses a token that cannot be used, whatever else the answer says. One that is no JWT says nothing about its time.
 * @param now broker time in epoch milliseconds, asked for after the answer: the call may be the first one that tells it
 * @throws BrokerAuthError `protocol_error`
 */
export function requireUsableToken(token: Secret, answer: BrokerAnswer, now: number): void {
  const text = token.reveal();
  if ((jwtExpiry(text) ?? Number.POSITIVE_INFINITY) <= now) throw endedToken(answer, now);
  if (isPremature(text, now)) throw unexpectedAnswer(answer, "brings a token that opens nothing yet");
}

// The header is cut to the second, and the answer took its time.
const clockHintSeconds = 10;

/** What to say where the broker's clock, as the answer shows it, and the time that is used here are further apart than a round trip explains. */
function clockDifference(answer: BrokerAnswer, now: number): { message: string; action: string } | undefined {
  const seconds = Math.round(Math.abs((answerDate(answer) ?? now) - now) / 1000);
  return seconds < clockHintSeconds
    ? undefined
    : {
        message: `; the clocks here and there are about ${seconds} s apart`,
        action: "Synchronise the computer's clock, then log in again.",
      };
}
