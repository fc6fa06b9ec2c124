import { indiaDay } from "./strategy/day-plan.ts";

type Parts = Intl.DateTimeFormatOptions;
const inIndia = (parts: Parts): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Kolkata", ...parts });
const clock: Parts = { hour: "2-digit", minute: "2-digit" };
const date: Parts = { weekday: "short", day: "numeric", month: "short" };
const formats = {
  time: inIndia({ ...clock, second: "2-digit" }),
  minute: inIndia(clock),
  date: inIndia(date),
  day: inIndia({ ...date, year: "numeric" }),
};

/** `09:41:23`, in India. */
export const timeOf = (at: number): string => formats.time.format(at);

/** `09:41`, in India. */
export const minuteOf = (at: number): string => formats.minute.format(at);

/** `Mon, 3 Mar 2031`, in India. */
export const dayOf = (at: number): string => formats.day.format(at);

/** `Tue 4 Mar, `, to stand before a time; nothing for the day that it is `now`. */
export function dayName(at: number, now: number): string {
  return indiaDay(at).startsAt === indiaDay(now).startsAt ? "" : `${formats.date.format(at)}, `;
}

/** A moment for people: `09:14`, and with its day where that is not the day of `now`. */
export const momentOf = (at: number, now: number): string => dayName(at, now) + minuteOf(at);

/** A span for people: `30 s`, `6 min`, `23 h 54 min`. */
export function spanOf(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (ms < 90_000) return `${Math.round(ms / 1000)} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** A span that runs down: `6:31:08`, or `04:12` below an hour. Never negative. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, rest] = [Math.floor(seconds / 3600), `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`];
  return hours > 0 ? `${hours}:${rest}` : rest;
}
