const zone = "Asia/Kolkata";
const time = new Intl.DateTimeFormat("en-GB", {
  timeZone: zone,
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const minute = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", {
  timeZone: zone,
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
});

/** `09:41:23`, in India. */
export function timeOf(at: number): string {
  return time.format(at);
}

/** `09:41`, in India. */
export function minuteOf(at: number): string {
  return minute.format(at);
}

/** `Mon, 3 Mar 2031`, in India. */
export function dayOf(at: number): string {
  return day.format(at);
}

const dayAndMonth = new Intl.DateTimeFormat("en-GB", {
  timeZone: zone,
  weekday: "short",
  day: "numeric",
  month: "short",
});

/** `Tue, 4 Mar `, to stand before a time; nothing for the day that it is `now`. */
export function dayName(at: number, now: number): string {
  const name = dayAndMonth.format(at);
  return name === dayAndMonth.format(now) ? "" : `${name}, `;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** `6:31:08`, or `04:12` below an hour. Never negative. */
export function spanOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${two(minutes)}:${two(rest)}`;
}
