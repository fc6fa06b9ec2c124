import type { AttemptLedger } from "../record/attempt-ledger.ts";
import type { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { errorCodes } from "../errors/error-codes.ts";
import { pauseLeft } from "../record/login-pause.ts";

/** How an account stands after a login has failed. */
export interface FailureState {
  /** The same text as long as nothing has changed, whatever each single call is told. */
  readonly state: string;
  /** Until when no program logs in by itself, epoch milliseconds; undefined where that is not in the record. */
  readonly until: number | undefined;
}

/** @param ledger as it is after the failure, as far as it is known */
export function failureState(error: BrokerAuthError, ledger: AttemptLedger | undefined, now: number): FailureState {
  const { block, pause } = ledger ?? {};
  const ofAttempts = error.code === "login_blocked" || errorCodes[error.code].attempt !== "not_sent";
  // The refusal that blocks, and every call after it that is not even sent.
  if (block !== undefined && ofAttempts) return { state: `blocked by ${block.code} at ${block.at}`, until: undefined };
  const paused = pause !== undefined && error.retryAfterMs !== undefined && pauseLeft(pause, now) > 0;
  if (paused) return { state: `waiting after ${pause.code}`, until: pause.until };
  return { state: error.code, until: undefined };
}
