import type { BrokerAuthErrorCode } from "../errors/error-codes.ts";

/** Until when nobody logs in by itself. It stands in the account's record, so that fifty programs make one try. */
export interface LoginPause {
  /** What became of the last try. */
  readonly code: BrokerAuthErrorCode;
  /** Epoch milliseconds of the broker's time, as far as it was known: hosts that share a store may have clocks that are far apart. */
  readonly since: number;
  readonly until: number;
  /** Tries without a clear answer since the last session. */
  readonly tries: number;
}

/** A moment, and the random number that spreads what happens at it. */
export interface Moment {
  /** Epoch milliseconds of the broker's time, as far as it is known. */
  readonly now: number;
  /** From 0 up to 1. */
  readonly random: number;
  /** After a refused TOTP code: another one would fare no better, so none is tried. */
  readonly finalCode?: boolean | undefined;
}

const minuteMs = 60_000;
/**
 * A moment that lies ahead by up to this was written with a clock that was off and not measured yet, and counts as now: with a difference above
 * this no code is made. What lies further ahead was written before a clock was set back, and must not prolong a wait.
 */
export const clocksApartMs: number = 15 * minuteMs;

/** How long this pause still lasts, in milliseconds; 0 when it is over. */
export function pauseLeft(pause: LoginPause | undefined, now: number): number {
  if (pause === undefined || now < pause.since - clocksApartMs) return 0;
  return Math.max(Math.ceil(pause.until - Math.max(now, pause.since)), 0);
}

/** After a call that was not looked at: as long as the broker says, and a minute at least. */
export function toldPause(
  before: LoginPause | undefined,
  code: BrokerAuthErrorCode,
  retryAfterMs: number | undefined,
  now: number,
): LoginPause {
  const until = now + Math.max(retryAfterMs ?? 0, minuteMs);
  return { code, since: now, until: longer(before, until, now), tries: before?.tries ?? 0 };
}

/**
 * After a try without a clear answer, where credentials are proved: a minute after the first one, then 12 to 14 minutes at random, so that a
 * broker that comes back is not met by everybody at once. Longer where the broker asks for it.
 */
export function silentPause(
  before: LoginPause | undefined,
  code: BrokerAuthErrorCode,
  retryAfterMs: number | undefined,
  { now, random }: Moment,
): LoginPause {
  const tries = (before?.tries ?? 0) + 1;
  const usualMs = tries === 1 ? minuteMs : (12 + 2 * random) * minuteMs;
  const until = Math.round(now + Math.max(retryAfterMs ?? 0, usualMs));
  return { code, since: now, until: longer(before, until, now), tries };
}

// A shorter wait never ends a longer one that the broker asked for.
function longer(before: LoginPause | undefined, until: number, now: number): number {
  return pauseLeft(before, now) === 0 ? until : Math.max(before?.until ?? 0, until);
}
