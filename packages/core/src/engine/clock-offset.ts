import type { ClockOffset } from "../record/account-record.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";

// Clocks drift slowly, but a host's clock can be set at any moment, and a code made with a stale offset is refused.
const freshForMs = 60_000;
// A round trip slower than this says too little about the moment in between.
const slowestMs = 5_000;
// The host's clock was set on the way where it and the monotonic one disagree by more than this.
const unsetMs = 1_000;
/** Beyond this something other than drift is wrong: a clock set to another day, a proxy with a clock of its own. */
const largestOffsetMs = 900_000;

/** An answer's way, by the host's clock and by the one that nobody can set. */
export interface RoundTrip {
  /** Epoch milliseconds. */
  readonly sentAt: number;
  readonly answeredAt: number;
  /** By the monotonic clock, in milliseconds. */
  readonly tookMs: number;
}

/** Whether a measurement of another process still says something: the host's clock may have been set since. */
export function isFresh(clock: ClockOffset | undefined, now: number): clock is ClockOffset {
  return clock !== undefined && Math.abs(now - clock.measuredAt) < freshForMs;
}

/** A difference that no code is made by any more. It is kept for what is compared in minutes. */
export function doubted(clock: ClockOffset | undefined): ClockOffset | undefined {
  return clock && { ...clock, measuredAt: 0 };
}

export function isDoubted(clock: ClockOffset | undefined): boolean {
  return clock?.measuredAt === 0;
}

/**
 * The broker's clock minus the host's, by the time that an answer tells; undefined where it tells nothing of use. A Date is cut to the second, so
 * the answer says no more than that the difference lies in a span of a second and a round trip: what was known before, and lies in it, stands.
 * @param brokerAt the broker's time in the middle of the round trip, give or take half a second
 * @param ageMs how long the answer lay in caches. Then nobody knows whether its date is of the beginning or of the end of that time, so it says
 * something only where it contradicts the host's clock in either case
 * @param knownMs the difference as it is known so far; 0 where it is not: the host's clock is taken for right until an answer contradicts it
 */
export function measuredOffset(
  brokerAt: number,
  ageMs: number,
  { sentAt, answeredAt, tookMs }: RoundTrip,
  knownMs: number,
): ClockOffset | undefined {
  const usable = Number.isFinite(brokerAt) && tookMs >= 0 && tookMs <= slowestMs;
  if (!usable || Math.abs(answeredAt - sentAt - tookMs) > unsetMs) return undefined;
  const hostAt = (sentAt + answeredAt) / 2;
  const errorMs = tookMs / 2 + 500;
  const unsureMs = errorMs + 1_000;
  if (ageMs > 0 && hostAt >= brokerAt - unsureMs && hostAt <= brokerAt + ageMs + unsureMs) return undefined;
  const middleMs = Math.round(brokerAt + ageMs - hostAt);
  return { offsetMs: Math.abs(knownMs - middleMs) <= errorMs ? knownMs : middleMs, measuredAt: answeredAt };
}

/** Whether no code is made with such a difference. */
export function isTooFar(offsetMs: number): boolean {
  return Math.abs(offsetMs) > largestOffsetMs;
}

export function tooFarApart(offsetMs: number): BrokerAuthError {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  return new BrokerAuthError(
    "clock_skew",
    `this computer's clock differs from the broker's by ${minutes} minutes; nothing was sent`,
  );
}
