import type { AccountRecord } from "../record/account-record.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { elapsedMs } from "../record/elapsed.ts";
import type { LoginHold } from "../record/login-hold.ts";

const windowMs = 600_000;
/** Sessions in ten minutes; the next one is not minted by itself. */
const limit = 5;

/** The record's mintings with one more. */
export function withMinting({ mintedAt = [] }: AccountRecord, now: number): readonly number[] {
  return [...mintedAt, now].slice(-limit);
}

/**
 * Why no session is minted by itself now: several were, a moment ago. Whatever ends them so soon (a broker that grants seconds, a program that logs
 * out with every call), each one costs a login, and ends the sessions of others.
 */
export function mintingHold({ mintedAt = [] }: AccountRecord, now: number): LoginHold | undefined {
  const since = mintedAt.at(-limit);
  if (since === undefined) return undefined;
  const leftMs = windowMs - elapsedMs(since, now);
  if (leftMs <= 0) return undefined;
  const error = new BrokerAuthError(
    "rate_limited",
    `${limit} sessions of this account were opened within ten minutes; the next one by itself may be in ${Math.ceil(leftMs / 1_000)} s, nothing was sent`,
    {
      retryAfterMs: leftMs,
      action: "Use one session for many calls: see what ends them so soon (status, events, a logout after each call).",
    },
  );
  return { code: error.code, since, until: now + leftMs, error };
}
