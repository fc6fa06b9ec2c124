import type { Sandbox } from "@x/sandbox";
import { dayMs, indiaDay, minuteMs } from "../strategy/day-plan.ts";

const morningMs = (9 * 60 + 12) * minuteMs;

/**
 * The time of this desk's computers. With real accounts it is the host's. In the sandbox it is the brokers' time, which can be moved on, plus a
 * fault of our own clock.
 */
export class DeskClock {
  readonly #sandbox: Sandbox | undefined;
  /** This desk's clock minus the brokers', in milliseconds. */
  skewMs = 0;

  constructor(sandbox: Sandbox | undefined) {
    this.#sandbox = sandbox;
  }

  /** This desk's clock minus the host's, in milliseconds. */
  get offsetMs(): number {
    return (this.#sandbox?.clock.offsetMs ?? 0) + this.skewMs;
  }

  readonly now = (): number => Date.now() + this.offsetMs;
}

/** A few minutes before the market opens, on this weekday or the one before: where a sandbox that is new begins its day. */
export function morningOf(now: number): number {
  const { startsAt, isWeekend } = indiaDay(now);
  return isWeekend ? morningOf(startsAt - dayMs) : startsAt + morningMs;
}

/** The next moment at which it is this time of day in India, `09:14`; now, for the minute that it is already; undefined for a text that is none. */
export function nextTime(now: number, text: string): number | undefined {
  const [, hour, minute] = /^\s*([01]?\d|2[0-3]):([0-5]\d)\s*$/.exec(text) ?? [];
  if (hour === undefined) return undefined;
  const at = indiaDay(now).startsAt + (Number(hour) * 60 + Number(minute)) * minuteMs;
  if (Math.floor(now / minuteMs) * minuteMs === at) return now;
  return at > now ? at : at + dayMs;
}
