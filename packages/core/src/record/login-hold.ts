import { aboutTheAccount, attemptBudget, humanAttempts, spentAttempts } from "./attempt-budget.ts";
import { type AttemptLedger, type ConfiguredFactors, isReplaced } from "./attempt-ledger.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { type BrokerAuthErrorCode, errorCodes } from "../errors/error-codes.ts";
import type { Factor } from "../contract/provider-context.ts";
import { formatIndiaTime } from "../adapter-kit/india-time.ts";
import { type LoginPause, pauseLeft } from "./login-pause.ts";

/** Why no login is tried now. */
export interface LoginHold {
  /** The error that led to it. */
  readonly code: BrokerAuthErrorCode;
  /** Epoch milliseconds; undefined where only the broker's count of attempts is known. */
  readonly since: number | undefined;
  /** Epoch milliseconds; undefined where it lasts until a person acts. */
  readonly until: number | undefined;
  /** What a caller is told. Nothing was sent. */
  readonly error: BrokerAuthError;
}

// After what was unlocked with no answer at all: still no third refusal of which the broker told.
const budgetWithGrant = attemptBudget + 1;

/** Why no automatic login may be tried now; undefined when one may. */
export function automaticHold(
  ledger: AttemptLedger,
  configured: ConfiguredFactors,
  now: number,
): LoginHold | undefined {
  const { block, granted, corrected, pause } = ledger;
  const lasting = (error: BrokerAuthError): LoginHold => ({
    code: block?.code ?? error.code,
    since: block?.at,
    until: undefined,
    error,
  });
  const held = lockHold(ledger) ?? anyFactorHold(ledger, configured) ?? budgetHold(ledger);
  if (held !== undefined) return lasting(held);
  if (block !== undefined && (!granted || corrected) && !isReplaced(block, configured))
    return lasting(blocked(ledger, block.factor, block.code));
  const last = lastAttemptsHold(ledger);
  if (last !== undefined) return lasting(last);
  const left = pauseLeft(pause, now);
  if (pause === undefined || left === 0) return undefined;
  return { code: pause.code, since: pause.since, until: pause.until, error: paused(pause, left) };
}

/** Why no automatic login may be tried now, as an error. */
export function automaticHoldError(
  ledger: AttemptLedger,
  configured: ConfiguredFactors,
  now: number,
): BrokerAuthError | undefined {
  return automaticHold(ledger, configured, now)?.error;
}

/** What leaves of its own accord in a call that a person may have made, or a supervisor at each start. */
export interface UnaskedFactors {
  /** Nobody is asked for anything: it may come at any moment, and as often as a program is started. */
  readonly unasked: boolean;
  /** The first factor leaves before anybody is asked. */
  readonly begins: boolean;
  /** The first factor comes from a code source, which a person does not look at either. */
  readonly sourced: boolean;
}

/**
 * Why a login with `login()`, or an enrolment, makes no sense now; undefined when it may be tried. A person who is asked for the first factor goes
 * on where programs have to stop. What leaves with nobody asked keeps to the budget, with `unlock()` as well.
 */
export function interactiveHoldError(
  ledger: AttemptLedger,
  configured: ConfiguredFactors,
  { unasked, begins, sourced }: UnaskedFactors,
  now: number,
): BrokerAuthError | undefined {
  const { block, granted, pause } = ledger;
  const held = lockHold(ledger) ?? anyFactorHold(ledger, configured);
  if (held !== undefined) return held;
  const spent = begins ? (budgetHold(ledger) ?? lastAttemptsHold(ledger)) : undefined;
  if (spent !== undefined) return spent;
  if (sourced && !granted && block?.source === true && isRefusal(block.code))
    return blocked(ledger, block.factor, block.code);
  // What a person has set up anew since is tried at once.
  const left = unasked && pause?.code !== "configuration" ? pauseLeft(pause, now) : 0;
  return pause === undefined || left === 0 ? undefined : paused(pause, left);
}

/** Why nobody may send anything, not even a person: the account is locked at the broker, and more attempts make it worse. */
export function lockHold({ block, granted }: AttemptLedger): BrokerAuthError | undefined {
  if (block?.code !== "account_locked" || granted) return undefined;
  return new BrokerAuthError("login_blocked", "nothing was sent: the broker has locked this account (account_locked)", {
    action: errorCodes.account_locked.action,
  });
}

/** Why this factor may not be sent: it was refused before. */
export function factorHold(
  ledger: AttemptLedger,
  factor: Factor,
  fingerprint: string | undefined,
): BrokerAuthError | undefined {
  const { granted, corrected, refused } = ledger;
  if (fingerprint === undefined || (granted && !corrected) || !refused.includes(fingerprint)) return undefined;
  // The block tells about the last refusal only. Of an earlier one there is the fingerprint and nothing else.
  return blocked(ledger, factor, ledger.block?.fingerprint === fingerprint ? ledger.block.code : undefined);
}

/** Whether automatic logins have stopped until a person acts, whatever a program is configured with. */
export function isStopped(ledger: AttemptLedger): boolean {
  return ledger.block !== undefined && (!ledger.granted || isSpent(ledger));
}

function anyFactorHold(ledger: AttemptLedger, configured: ConfiguredFactors): BrokerAuthError | undefined {
  for (const [factor, fingerprint] of Object.entries(configured)) {
    const held = factorHold(ledger, factor as Factor, fingerprint);
    if (held !== undefined) return held;
  }
  return undefined;
}

function budgetHold(ledger: AttemptLedger): BrokerAuthError | undefined {
  return isSpent(ledger) ? blocked(ledger, ledger.block?.factor, ledger.block?.code) : undefined;
}

function lastAttemptsHold(ledger: AttemptLedger): BrokerAuthError | undefined {
  const { attemptsLeft = Infinity, granted } = ledger;
  return attemptsLeft <= (granted ? humanAttempts - 1 : humanAttempts) ? lastAttempts(attemptsLeft, ledger) : undefined;
}

function isSpent(ledger: AttemptLedger): boolean {
  const { granted, refusals } = ledger;
  return refusals >= attemptBudget || spentAttempts(ledger) >= (granted ? budgetWithGrant : attemptBudget);
}

function isRefusal(code: BrokerAuthErrorCode): boolean {
  return errorCodes[code].attempt === "refused";
}

const factorNames: Readonly<Record<Factor, string>> = {
  otp: "OTP",
  totp: "TOTP secret or what is sent with its code",
  mpin: "MPIN",
  sms: "request for an SMS",
};

function blocked(
  ledger: AttemptLedger,
  factor: Factor | undefined,
  code: BrokerAuthErrorCode | undefined,
): BrokerAuthError {
  const what = factor === undefined ? "configuration" : factorNames[factor];
  return new BrokerAuthError("login_blocked", `nothing was sent: ${blockReason(ledger, what, code)}`, {
    action: blockAction(ledger, factor, code),
  });
}

function blockReason({ refusals }: AttemptLedger, what: string, code: BrokerAuthErrorCode | undefined): string {
  if (code === undefined) return `an earlier attempt with this ${what} was refused`;
  if (aboutTheAccount.has(code)) return `the broker refused this account before (${code})`;
  if (isRefusal(code)) return `the broker refused this ${what} before (${code})`;
  return refusals === 0
    ? `two attempts had no clear answer, the last one with this ${what}`
    : `one attempt was refused and one had no clear answer, the last one with this ${what}`;
}

function blockAction(ledger: AttemptLedger, factor: Factor | undefined, code: BrokerAuthErrorCode | undefined): string {
  if (code !== undefined && !isRefusal(code)) {
    const action = "Look whether the broker works, then";
    return spentAttempts(ledger) < budgetWithGrant
      ? `${action} call unlock() for one further try, or let auth.login(account) ask a person.`
      : `${action} ${bySomebody}`;
  }
  // A texted code is in no configuration, and a second one costs nothing.
  if (factor === "otp") return "Ask for a new code, and give that one.";
  if (ledger.refusals >= attemptBudget)
    return `Correct the credentials: after two refusals nothing more is sent by itself, not even with unlock(). Then ${bySomebody}`;
  return code !== undefined && aboutTheAccount.has(code)
    ? `${errorCodes[code].action} Then call auth.login(account), or unlock().`
    : `Correct the ${named(factor)}, or call unlock() for one further try with this one.`;
}

const bySomebody =
  "take one credential out of the configuration and let auth.login(account, handlers) ask a person for it; or call purge(account), which forgets the refusals.";

// Who asks for a code by SMS sends an identity, and it is the identity that can be refused.
function named(factor: Factor | undefined): string {
  if (factor === undefined) return "configuration";
  return factor === "sms" ? "account's identity" : factorNames[factor];
}

function lastAttempts(attemptsLeft: number, { granted }: AttemptLedger): BrokerAuthError {
  const unlock = granted || attemptsLeft < humanAttempts ? "" : ", or call unlock() for one of them";
  return new BrokerAuthError(
    "login_blocked",
    `nothing was sent: the broker has ${attemptsLeft} attempts left for this account, and they belong to a person`,
    { attemptsLeft, action: `Let auth.login(account, handlers) ask a person for a code or the MPIN${unlock}.` },
  );
}

const hourMs = 3_600_000;

const pauseReasons: Readonly<Partial<Record<BrokerAuthErrorCode, string>>> = {
  rate_limited: "the broker asked for fewer requests",
  broker_unavailable: "the last login was turned away before anybody looked at it",
  configuration: "the broker says that this account is not set up for this login",
  challenge_expired: "the broker ended the last login half way",
};

function paused({ code, until }: LoginPause, leftMs: number): BrokerAuthError {
  const reason = pauseReasons[code] ?? "the last login got no clear answer";
  const when = leftMs > hourMs ? `from ${formatIndiaTime(until)} on` : `in ${Math.ceil(leftMs / 1_000)} s`;
  const next = `the next login by itself may be tried ${when}`;
  return new BrokerAuthError(
    code === "rate_limited" || code === "configuration" ? code : "broker_unavailable",
    `nothing was sent: ${reason}; ${next}`,
    {
      retryAfterMs: leftMs,
      action:
        "Call again then: nothing is blocked. An auth.login(account) that asks a person for something does not have to wait.",
    },
  );
}
