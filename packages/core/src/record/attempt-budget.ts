import type { BrokerAuthErrorCode } from "../errors/error-codes.ts";

/** Automatic attempts that may be refused, or may have been, between two sessions: one budget for all factors and all programs of an account. */
export const attemptBudget = 2;
/** The broker's last attempts belong to the human: with this many left or fewer, nothing is tried automatically. */
export const humanAttempts = 2;

/** Refusals of the account and not of the factor: whoever gave it, the next one fares no better. */
export const aboutTheAccount: ReadonlySet<BrokerAuthErrorCode> = new Set([
  "account_locked",
  "ip_not_allowed",
  "permission_denied",
]);

interface Spent {
  readonly refusals: number;
  readonly unknown: number;
  readonly unheard?: readonly string[] | undefined;
}

/**
 * Attempts between two sessions that were refused or may have been. Of credentials that are proved, a TOTP code without an answer tells of the
 * broker's trouble; an MPIN without one may have been refused all the same, and the next one may be its third.
 */
export function spentAttempts({ refusals, unknown, unheard }: Spent): number {
  return refusals + unknown + (unheard?.includes("mpin") ? 1 : 0);
}
