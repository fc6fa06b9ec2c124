import { BrokerAuthError } from "./broker-auth-error.ts";
import { type AttemptOutcome, type BrokerAuthErrorCode, errorCodes } from "./error-codes.ts";
import type { Factor } from "./io.ts";

/**
 * What an account's attempts have come to since its last minted session. Pure data in the account's record: written ahead of every attempt,
 * so that neither a crash nor a restart forgets one. The rules are the attempts table of the documentation.
 */
export interface AttemptLedger {
  /** Fingerprints that are never sent again. */
  readonly refused: readonly string[];
  /** Attempts without a clear answer. The second one latches. */
  readonly unknown: number;
  /** The newest TOTP time step that was used; -1 for none. Outlives sessions and logouts. */
  readonly lastTotpStep: number;
  /** What the broker last said is left of its own budget. */
  readonly attemptsLeft?: number | undefined;
  /** Why automatic logins have stopped. */
  readonly latch?: Latch | undefined;
  /** The attempt that is under way. Found by the next holder of the lock, it means that a process died with it. */
  readonly open?: OpenAttempt | undefined;
}

export interface Latch {
  readonly code: BrokerAuthErrorCode;
  readonly factor: Factor;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Of the configured credential that was refused; absent where a code source gave it. */
  readonly fingerprint?: string | undefined;
}

export interface OpenAttempt {
  /** Which login run wrote it. */
  readonly owner: string;
  readonly factor: Factor;
  readonly step: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly fingerprint?: string | undefined;
  /** It came from the configuration, so that nothing new comes by itself. */
  readonly configured: boolean;
  /** Nobody is there to look at the result. */
  readonly automatic: boolean;
}

/** The fingerprints of an account's configured factors. */
export type ConfiguredFactors = Readonly<Partial<Record<Factor, string>>>;

export const emptyLedger: AttemptLedger = { refused: [], unknown: 0, lastTotpStep: -1 };

/** The broker's last attempts belong to the human: with this many left or fewer, nothing is tried automatically. */
const humanAttempts = 2;
const unknownLimit = 2;

/** Why no automatic login may be tried now; undefined when one may. */
export function automaticRefusal(ledger: AttemptLedger, configured: ConfiguredFactors): BrokerAuthError | undefined {
  const refusedFactor = refusedConfigured(ledger, configured);
  if (refusedFactor !== undefined)
    return latched(ledger.latch ?? { code: "invalid_credentials", factor: refusedFactor, at: 0 }, refusedFactor);
  const { latch } = ledger;
  if (latch !== undefined && !isReplaced(latch, configured)) return latched(latch, latch.factor);
  if (ledger.attemptsLeft !== undefined && ledger.attemptsLeft <= humanAttempts) {
    return new BrokerAuthError(
      "latched",
      `the broker has ${ledger.attemptsLeft} attempts left for this account, and they belong to a person`,
      {
        attemptsLeft: ledger.attemptsLeft,
        action: "Log in by hand, or call unlock() when you know that the next attempt will succeed.",
      },
    );
  }
  return undefined;
}

/** Why a person's login with the configured factors makes no sense now; undefined when it may be tried. */
export function interactiveRefusal(ledger: AttemptLedger, configured: ConfiguredFactors): BrokerAuthError | undefined {
  const factor = refusedConfigured(ledger, configured);
  return factor === undefined
    ? undefined
    : latched(ledger.latch ?? { code: "invalid_credentials", factor, at: 0 }, factor);
}

/**
 * Writes an attempt down before it is sent. An attempt that was open before has led to this one, so it was accepted.
 * @throws BrokerAuthError `latched` for a fingerprint that was refused, `totp_rejected` for a time step that was used
 */
export function openAttempt(ledger: AttemptLedger, attempt: OpenAttempt, totpStep?: number): AttemptLedger {
  if (attempt.fingerprint !== undefined && ledger.refused.includes(attempt.fingerprint)) {
    throw latched(ledger.latch ?? { code: "invalid_credentials", factor: attempt.factor, at: 0 }, attempt.factor);
  }
  if (totpStep !== undefined && totpStep <= ledger.lastTotpStep) {
    throw new BrokerAuthError("totp_rejected", "a code of this TOTP time step was used already; nothing was sent", {
      action: "Wait for the authenticator's next code and give that one.",
    });
  }
  return { ...ledger, open: attempt, lastTotpStep: totpStep ?? ledger.lastTotpStep };
}

/** Closes the open attempt after the broker went on to a challenge. */
export function acceptAttempt(ledger: AttemptLedger): AttemptLedger {
  return { ...ledger, open: undefined };
}

/** Closes the open attempt by the error that came of it. */
export function settleAttempt(ledger: AttemptLedger, error: BrokerAuthError, now: number): AttemptLedger {
  const left = error.attemptsLeft ?? ledger.attemptsLeft;
  return closeAttempt({ ...ledger, attemptsLeft: left }, errorCodes[error.code].attempt, error.code, now);
}

/** Closes an attempt whose process died: nobody knows what the broker made of it. */
export function recoverAttempt(ledger: AttemptLedger, now: number): AttemptLedger {
  return closeAttempt(ledger, "unknown", "outcome_unknown", now);
}

/** A session was minted: everything was right. Only the used TOTP step stays. */
export function resetLedger(ledger: AttemptLedger): AttemptLedger {
  return { ...emptyLedger, lastTotpStep: ledger.lastTotpStep };
}

function closeAttempt(
  ledger: AttemptLedger,
  outcome: AttemptOutcome,
  code: BrokerAuthErrorCode,
  now: number,
): AttemptLedger {
  const { open } = ledger;
  const closed = { ...ledger, open: undefined };
  if (open === undefined || outcome === "free") return closed;
  // What a person types is a new credential every time; only what would come again by itself is latched and counted.
  const repeats = open.configured || open.automatic;
  const unknown = ledger.unknown + (outcome === "unknown" && repeats ? 1 : 0);
  if (outcome === "unknown" && unknown < unknownLimit) return { ...closed, unknown };
  const refused =
    open.fingerprint === undefined || ledger.refused.includes(open.fingerprint)
      ? ledger.refused
      : [...ledger.refused, open.fingerprint];
  if (!repeats) return { ...closed, refused: outcome === "refused" ? refused : ledger.refused };
  const latch: Latch = {
    code,
    factor: open.factor,
    at: now,
    ...(open.configured ? { fingerprint: open.fingerprint } : {}),
  };
  return { ...closed, unknown, refused, latch };
}

function refusedConfigured(ledger: AttemptLedger, configured: ConfiguredFactors): Factor | undefined {
  const found = Object.entries(configured).find(([, fingerprint]) => ledger.refused.includes(fingerprint));
  return found?.[0] as Factor | undefined;
}

// A latch opens for a configured credential that is not the refused one. What a code source gives cannot be told apart beforehand.
function isReplaced(latch: Latch, configured: ConfiguredFactors): boolean {
  const fingerprint = configured[latch.factor];
  return fingerprint !== undefined && latch.fingerprint !== undefined && fingerprint !== latch.fingerprint;
}

const factorNames: Readonly<Record<Factor, string>> = {
  otp: "OTP",
  totp: "TOTP secret or identity",
  mpin: "MPIN",
  sms: "request for an SMS",
};

function latched(latch: Latch, factor: Factor): BrokerAuthError {
  const reason =
    latch.code === "outcome_unknown" || errorCodes[latch.code].attempt === "unknown"
      ? `two attempts with this ${factorNames[factor]} had no clear answer`
      : `the broker refused this ${factorNames[factor]} before (${latch.code})`;
  return new BrokerAuthError("latched", `nothing was sent: ${reason}`);
}
