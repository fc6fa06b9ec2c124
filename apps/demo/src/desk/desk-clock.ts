import { formatIndiaTime } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import { indiaDay } from "../strategy/day-plan.ts";

const dayMs = 86_400_000;
const morningMs = (9 * 60 + 12) * 60_000;
const dayName = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Kolkata",
  weekday: "short",
  day: "numeric",
  month: "short",
});

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
  let { startsAt, weekday } = indiaDay(now);
  while (weekday === 0 || weekday === 6) ({ startsAt, weekday } = indiaDay(startsAt - dayMs));
  return startsAt + morningMs;
}

/** A moment for people: `09:14`, and with its day where that is not the day of `now`. */
export function momentOf(at: number, now: number): string {
  const time = formatIndiaTime(at).slice(11, 16);
  return indiaDay(at).date === indiaDay(now).date ? time : `${dayName.format(at)}, ${time}`;
}

/** A span for people: `30 s`, `6 min`, `23 h 54 min`. */
export function spanOf(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (ms < 90_000) return `${Math.round(ms / 1000)} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The next moment at which it is this time of day in India, `09:14`; now, for the minute that it is already; undefined for a text that is none. */
export function nextTime(now: number, text: string): number | undefined {
  const [, hour, minute] = /^\s*([01]?\d|2[0-3]):([0-5]\d)\s*$/.exec(text) ?? [];
  if (hour === undefined) return undefined;
  const at = indiaDay(now).startsAt + (Number(hour) * 60 + Number(minute)) * 60_000;
  if (Math.floor(now / 60_000) * 60_000 === at) return now;
  return at > now ? at : at + dayMs;
}
