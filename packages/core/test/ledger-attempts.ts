import {
  type AttemptLedger,
  type ConfiguredFactors,
  type OpenAttempt,
  unlockLedger,
} from "../src/record/attempt-ledger.ts";
import { openAttempt } from "../src/record/attempt-opening.ts";
import { type SpentCode } from "../src/record/attempt-opening.ts";
import { settleAttempt } from "../src/record/attempt-settlement.ts";
import { BrokerAuthError, type BrokerAuthErrorDetails, isBrokerAuthError } from "../src/errors/broker-auth-error.ts";
import type { BrokerAuthErrorCode } from "../src/errors/error-codes.ts";
import type { Factor } from "../src/contract/provider-context.ts";

export const ledgerNow: number = Date.UTC(2031, 2, 3, 3, 30);
export const configuredFactors: ConfiguredFactors = { totp: "totp-1", mpin: "mpin-1" };

/** How an attempt comes about: by itself from the configuration, unless something else is given. */
export function attempt(factor: Factor, given: Partial<OpenAttempt> = {}): OpenAttempt {
  const fingerprint = configuredFactors[factor];
  return {
    owner: "run-1",
    factor,
    step: `send-${factor}`,
    at: ledgerNow,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    configured: fingerprint !== undefined,
    automatic: true,
    ...given,
  };
}

export function typed(factor: Factor, fingerprint: string): OpenAttempt {
  return attempt(factor, { fingerprint, configured: false, automatic: false });
}

export function settled(
  ledger: AttemptLedger,
  code: BrokerAuthErrorCode,
  { now = ledgerNow, random = 0, ...details }: BrokerAuthErrorDetails & { now?: number; random?: number } = {},
): AttemptLedger {
  return settleAttempt(ledger, new BrokerAuthError(code, "m", details), { now, random });
}

/** One attempt from end to end. */
export function after(
  ledger: AttemptLedger,
  open: OpenAttempt,
  code: BrokerAuthErrorCode,
  details?: Parameters<typeof settled>[2],
): AttemptLedger {
  return settled(openAttempt(ledger, open), code, details);
}

/** A login whose first step is accepted, and the second one not. */
export function behind(
  ledger: AttemptLedger,
  given: Partial<OpenAttempt>,
  code: BrokerAuthErrorCode,
  details?: Parameters<typeof settled>[2],
): AttemptLedger {
  const first = openAttempt(ledger, attempt("totp", given));
  return settled(openAttempt(first, attempt("mpin", given)), code, details);
}

export function refusalOf(act: () => unknown): BrokerAuthError {
  try {
    act();
  } catch (error) {
    if (isBrokerAuthError(error)) return error;
    throw error;
  }
  throw new Error("it was allowed");
}

/** The code of a time step, sent in that step while the broker's clock is known. */
export function codeOf(step: number, given: Partial<SpentCode> = {}): SpentCode {
  return { step, code: `code of ${step}`, present: step, measured: true, ...given };
}

/** After `unlock()` of a program with these credentials. */
export function unlockedBy(ledger: AttemptLedger, configured: ConfiguredFactors = configuredFactors): AttemptLedger {
  return unlockLedger(ledger, configured);
}
