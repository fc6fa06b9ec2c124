const dayMs = 86_400_000;
const indiaMs = 5.5 * 3_600_000;
// Nubra's sessions live about seven hours: one that is to last until 15:30 cannot be minted before 08:30.
const firstLoginMs = (8 * 60 + 40) * 60_000;
const jitterMs = 10 * 60_000;

/** A time of the day in India, in milliseconds since midnight. Undefined unless it is `HH:MM`. */
export function timeOfDay(text: string): number | undefined {
  const [, hours, minutes] = /^(\d{1,2}):(\d\d)$/.exec(text) ?? [];
  const [hour, minute] = [Number(hours), Number(minutes)];
  return hours === undefined || hour > 23 || minute > 59 ? undefined : (hour * 60 + minute) * 60_000;
}

/** What the agent does about an account now. Times in epoch milliseconds. */
export type DayPlan =
  /** Keep a session until then. */
  | { readonly kind: "keep"; readonly until: number }
  /** Nothing before then. */
  | { readonly kind: "rest"; readonly until: number };

/**
 * Monday to Friday from 08:40 IST until the end that was asked for, sessions are kept. The first login is spread over ten minutes, so that
 * not every machine of the country logs in at once; holidays of the exchange are not known here, and cost a login.
 * @param random from 0 up to 1, the same for the whole day
 */
export function planOf(now: number, end: number, random: number): DayPlan {
  const today = Math.floor((now + indiaMs) / dayMs);
  const sinceMidnight = now + indiaMs - today * dayMs;
  const from = Math.min(firstLoginMs + Math.floor(random * jitterMs), end);
  const at = (day: number, ms: number): number => day * dayMs + ms - indiaMs;
  if (isTradingDay(today) && sinceMidnight < end) {
    return sinceMidnight < from ? { kind: "rest", until: at(today, from) } : { kind: "keep", until: at(today, end) };
  }
  let next = today + 1;
  while (!isTradingDay(next)) next += 1;
  return { kind: "rest", until: at(next, from) };
}

// Day 0 was a Thursday.
function isTradingDay(day: number): boolean {
  const weekday = (day + 4) % 7;
  return weekday !== 0 && weekday !== 6;
}
