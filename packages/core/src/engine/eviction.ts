import type { AccountRecord } from "../record/account-record.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { formatIndiaTime } from "../adapter-kit/india-time.ts";
import type { LoginHold } from "../record/login-hold.ts";
import { clocksApartMs } from "../record/login-pause.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const remembered = 10;
const soonMs = 10 * minuteMs;
const often = { endings: 4, withinMs: 6 * hourMs } as const;
const pausesMs = [10 * minuteMs, 30 * minuteMs, 2 * hourMs] as const;

/** The record's early endings with one more: a session that was refused well before its time, most likely because of somebody else's login. */
export function withEarlyEnding({ earlyEndings }: AccountRecord, now: number): readonly number[] {
  return [...earlyEndings, now].slice(-remembered);
}

/**
 * Why no automatic login may answer what looks like a fight over the account; undefined where it does not, or where the pause is over. A session
 * that ends early again after the pause brings a longer one, until none has ended early for six hours.
 */
export function evictionHold({ earlyEndings }: AccountRecord, now: number): LoginHold | undefined {
  // A clock that was set back must not prolong the pause.
  const endings = earlyEndings.filter((at) => at <= now + clocksApartMs).map((at) => Math.min(at, now));
  const pauseMs = pauseAfter(endings);
  const since = endings.at(-1) ?? 0;
  const until = since + pauseMs;
  if (until <= now) return undefined;
  const error = new BrokerAuthError(
    "session_replaced",
    `sessions of this account end early again and again: somebody else is logging in; the next automatic login is tried at ${formatIndiaTime(until)}`,
    { retryAfterMs: until - now },
  );
  return { code: error.code, since, until, error };
}

/** The same as an error. */
export function evictionHoldError(record: AccountRecord, now: number): BrokerAuthError | undefined {
  return evictionHold(record, now)?.error;
}

// Twice within minutes, or four times within six hours. What comes soon after a pause belongs to the ending before it.
function pauseAfter(endings: readonly number[]): number {
  let pauses = 0;
  let pauseMs = 0;
  endings.forEach((at, index) => {
    const before = endings[index - 1];
    const many = endings[index + 1 - often.endings];
    if (before !== undefined && at - before >= often.withinMs) pauses = 0;
    const isSoon = before !== undefined && at - before < soonMs + pauseMs;
    const isOften = many !== undefined && at - many < often.withinMs;
    pauseMs = isSoon || isOften ? (pausesMs[Math.min(pauses, pausesMs.length - 1)] ?? 0) : 0;
    if (pauseMs > 0) pauses += 1;
  });
  return pauseMs;
}
