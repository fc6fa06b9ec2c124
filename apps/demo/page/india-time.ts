type Parts = Intl.DateTimeFormatOptions;
const inIndia = (parts: Parts) => new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Kolkata", ...parts });
const clock: Parts = { hour: "2-digit", minute: "2-digit" };
const date: Parts = { weekday: "short", day: "numeric", month: "short" };
const formats = {
  time: inIndia({ ...clock, second: "2-digit" }),
  minute: inIndia(clock),
  day: inIndia({ ...date, year: "numeric" }),
  dayAndMonth: inIndia(date),
};

/** `09:41:23`, in India. */
export const timeOf = (at: number): string => formats.time.format(at);

/** `09:41`, in India. */
export const minuteOf = (at: number): string => formats.minute.format(at);

/** `Mon, 3 Mar 2031`, in India. */
export const dayOf = (at: number): string => formats.day.format(at);

/** `Tue, 4 Mar, `, to stand before a time; nothing for the day that it is `now`. */
export function dayName(at: number, now: number): string {
  const name = formats.dayAndMonth.format(at);
  return name === formats.dayAndMonth.format(now) ? "" : `${name}, `;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** `6:31:08`, or `04:12` below an hour. Never negative. */
export function spanOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, rest] = [Math.floor(seconds / 3600), `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`];
  return hours > 0 ? `${hours}:${rest}` : rest;
}
