import { aboutTheAccount, attemptBudget, humanAttempts } from "./attempt-budget.ts";
import type { AttemptLedger, ConfiguredFactors, LoginBlock } from "./attempt-ledger.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { type BrokerAuthErrorCode, errorCodes } from "../errors/error-codes.ts";
import type { Factor } from "../contract/provider-context.ts";
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
// A login by hand in which nobody is asked anything may be a program's: it has two tries of its own.
const unaskedLimit = 2 * attemptBudget;

/** Why no automatic login may be tried now; undefined when one may. */
export function automaticHold(
  ledger: AttemptLedger,
  configured: ConfiguredFactors,
  now: number,
): LoginHold | undefined {
  const { block, granted, pause, attemptsLeft = Infinity } = ledger;
  const locked = lockRefusal(ledger);
  const refused = Object.entries(configured)
    .map(([factor, fingerprint]) => factorRefusal(ledger, factor as Factor, fingerprint))
    .find((error) => error !== undefined);
  const lasting = (error: BrokerAuthError): LoginHold => ({
    code: block?.code ?? error.code,
    since: block?.at,
    until: undefined,
    error,
  });
  if (locked !== undefined) return lasting(locked);
  if (refused !== undefined) return lasting(refused);
  if (isSpent(ledger) || (block !== undefined && !granted && !isReplaced(block, configured)))
    return lasting(blocked(ledger, block?.factor, block?.code));
  if (attemptsLeft <= (granted ? humanAttempts - 1 : humanAttempts)) return lasting(lastAttempts(attemptsLeft, ledger));
  const left = pauseLeft(pause, now);
  if (pause === undefined || left === 0) return undefined;
  return { code: pause.code, since: pause.since, until: pause.until, error: paused(pause, left) };
}

/** Why no automatic login may be tried now, as an error. */
export function automaticRefusal(
  ledger: AttemptLedger,
  configured: ConfiguredFactors,
  now: number,
): BrokerAuthError | undefined {
  return automaticHold(ledger, configured, now)?.error;
}

/** What a login by hand gives of its own accord. */
export interface UnaskedFactors {
  /** The first factor comes from a code source, which a person does not look at either. */
  readonly sourced: boolean;
  /** Nobody is asked for anything. */
  readonly unasked: boolean;
}

/** Why a person's login with the configured factors makes no sense now; undefined when it may be tried. */
export function interactiveRefusal(
  ledger: AttemptLedger,
  configured: ConfiguredFactors,
  { sourced, unasked }: UnaskedFactors,
): BrokerAuthError | undefined {
  const { block, granted, unknown } = ledger;
  const locked = lockRefusal(ledger);
  if (locked !== undefined) return locked;
  for (const [factor, fingerprint] of Object.entries(configured)) {
    const refused = factorRefusal(ledger, factor as Factor, fingerprint);
    if (refused !== undefined) return refused;
  }
  if (granted || block === undefined) return undefined;
  const ofSource = sourced && block.source === true && isRefusal(block.code);
  return ofSource || (unasked && unknown >= unaskedLimit) ? blocked(ledger, block.factor, block.code) : undefined;
}

/** Why nobody may send anything, not even a person: the account is locked at the broker, and more attempts make it worse. */
export function lockRefusal({ block, granted }: AttemptLedger): BrokerAuthError | undefined {
  if (block?.code !== "account_locked" || granted) return undefined;
  return new BrokerAuthError("login_blocked", "nothing was sent: the broker has locked this account (account_locked)", {
    action: errorCodes.account_locked.action,
  });
}

/** Why this factor may not be sent: it was refused before. */
export function factorRefusal(
  ledger: AttemptLedger,
  factor: Factor,
  fingerprint: string | undefined,
): BrokerAuthError | undefined {
  if (fingerprint === undefined || ledger.granted || !ledger.refused.includes(fingerprint)) return undefined;
  // The block tells about the last refusal only. Of an earlier one there is the fingerprint and nothing else.
  return blocked(ledger, factor, ledger.block?.fingerprint === fingerprint ? ledger.block.code : undefined);
}

/** Whether automatic logins have stopped until a person acts, whatever a program is configured with. */
export function isStopped({ block, granted, refusals, unknown }: AttemptLedger): boolean {
  return block !== undefined && (!granted || isSpent({ granted, refusals, unknown }));
}

function isSpent({ granted, refusals, unknown }: Pick<AttemptLedger, "granted" | "refusals" | "unknown">): boolean {
  return refusals >= attemptBudget || refusals + unknown >= (granted ? budgetWithGrant : attemptBudget);
}

// A block is lifted for a configured credential that is not the refused one. What a code source gives cannot be told apart beforehand.
function isReplaced(block: LoginBlock, configured: ConfiguredFactors): boolean {
  const fingerprint = configured[block.factor];
  return fingerprint !== undefined && block.fingerprint !== undefined && fingerprint !== block.fingerprint;
}

function isRefusal(code: BrokerAuthErrorCode): boolean {
  return errorCodes[code].attempt === "refused";
}

const factorNames: Readonly<Record<Factor, string>> = {
  otp: "OTP",
  totp: "TOTP secret or identity",
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

function blockAction(
  { refusals, unknown }: AttemptLedger,
  factor: Factor | undefined,
  code: BrokerAuthErrorCode | undefined,
): string {
  if (code !== undefined && !isRefusal(code)) {
    const unlock = refusals + unknown < budgetWithGrant ? ", or call unlock() for one further try" : "";
    return `Look whether the broker works, then call auth.login(account)${unlock}.`;
  }
  // A texted code is in no configuration, and a second one costs nothing.
  if (factor === "otp") return "Ask for a new code, and give that one.";
  if (refusals >= attemptBudget)
    return "Correct the credentials, then call auth.login(account) once, which needs no handler: after two refusals nothing more is tried by itself.";
  return code !== undefined && aboutTheAccount.has(code)
    ? `${errorCodes[code].action} Then call auth.login(account), or unlock().`
    : `Correct the ${corrected(factor)}, or call unlock() for one further try with this one.`;
}

// Who asks for a code by SMS sends an identity, and it is the identity that can be refused.
function corrected(factor: Factor | undefined): string {
  if (factor === undefined) return "configuration";
  return factor === "sms" ? "account's identity" : factorNames[factor];
}

function lastAttempts(attemptsLeft: number, { granted }: AttemptLedger): BrokerAuthError {
  const unlock = granted || attemptsLeft < humanAttempts ? "" : ", or call unlock() for one of them";
  return new BrokerAuthError(
    "login_blocked",
    `nothing was sent: the broker has ${attemptsLeft} attempts left for this account, and they belong to a person`,
    { attemptsLeft, action: `Call auth.login(account), with a person who looks at it${unlock}.` },
  );
}

const pauseReasons: Readonly<Partial<Record<BrokerAuthErrorCode, string>>> = {
  rate_limited: "the broker asked for fewer requests",
  broker_unavailable: "the last login was turned away before anybody looked at it",
  configuration: "the broker says that this account is not set up for this login",
  challenge_expired: "the broker ended the last login half way",
};

function paused({ code }: LoginPause, leftMs: number): BrokerAuthError {
  const reason = pauseReasons[code] ?? "the last login got no clear answer";
  const next = `the next login by itself may be tried in ${Math.ceil(leftMs / 1_000)} s`;
  return new BrokerAuthError(
    code === "rate_limited" || code === "configuration" ? code : "broker_unavailable",
    `nothing was sent: ${reason}; ${next}`,
    {
      retryAfterMs: leftMs,
      action: "Call again then: nothing is blocked. A person's auth.login(account) does not have to wait.",
    },
  );
}
