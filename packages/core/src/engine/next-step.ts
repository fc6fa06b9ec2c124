import { type AttemptLedger, hasFurtherTry } from "../record/attempt-ledger.ts";
import { attemptBudget } from "../record/attempt-budget.ts";
import { attemptOutcome } from "../record/attempt-outcome.ts";
import type { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { automaticHold } from "../record/login-hold.ts";
import { pauseLeft } from "../record/login-pause.ts";

/**
 * The error of an attempt, with what is true after it was written down: only the ledger knows whether a further try is made, when, and what a
 * person has to do.
 */
export function withNextStep(
  error: BrokerAuthError,
  before: AttemptLedger,
  after: AttemptLedger,
  now: number,
): BrokerAuthError {
  const left = pauseLeft(after.pause, now);
  const paused = left > 0 && (after.pause?.since !== before.pause?.since || after.pause?.until !== before.pause?.until);
  switch (attemptOutcome(error)) {
    case "not_sent":
      return error;
    case "not_looked_at":
      return paused ? error.with({ retryAfterMs: left }) : error;
    case "refused": {
      if (hasFurtherTry(before, after)) return error.with({ action: `${error.action} ${furtherCode}` });
      const hold = isBlockedNow(before, after) ? automaticHold(after, {}, now) : undefined;
      return hold === undefined || after.refusals < attemptBudget
        ? error
        : error.with({ action: `${error.action} ${hold.error.action}` });
    }
    case "unknown":
      return paused
        ? error.with({ retryAfterMs: left, action: waiting(left) })
        : error.with({ action: furtherTry(before, after, now) });
    case "not_understood":
      return error.with({ action: `${error.action} ${furtherTry(before, after, now)}` });
  }
}

// What is blocked already is not blocked by what a person has typed: that counts for nothing.
function isBlockedNow(before: AttemptLedger, after: AttemptLedger): boolean {
  const counted = after.refusals + after.unknown > before.refusals + before.unknown;
  return after.block !== undefined && (counted || before.block === undefined);
}

const furtherCode = "One further try is made, in a later time step.";

function waiting(leftMs: number): string {
  return `Nothing is blocked: the next login by itself may be tried in ${Math.ceil(leftMs / 1_000)} s. An auth.login(account) that asks a person for something does not have to wait.`;
}

function furtherTry(before: AttemptLedger, after: AttemptLedger, now: number): string {
  const hold = isBlockedNow(before, after) ? automaticHold(after, {}, now) : undefined;
  if (hold !== undefined) return `No further try is made by itself. ${hold.error.action}`;
  return after.unknown > before.unknown
    ? "Call again: one further try is made, in a new time step where a TOTP code is sent. After that a person has to look."
    : "Begin the login again: what was typed may be sent once more.";
}
