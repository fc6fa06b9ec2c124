export interface DayPlanOptions {
  /** Days without trading besides weekends, such as `2031-03-14`. The exchange's list changes every year, so there is no default. */
  readonly holidays?: readonly string[];
  /** After the close: `leave` the session be and go on reading, or `logout` and rest until the next morning. Default `leave`. */
  readonly after?: "leave" | "logout";
}

/** Where in its day a strategy is. Times are epoch milliseconds. */
export interface DayMoment {
  /** `prepare`: sessions are made ready. `open`: the market is, and orders are sent. `closed`: nights, weekends and holidays too. */
  readonly phase: "prepare" | "open" | "closed";
  /** Whether the strategy calls its brokers at all. */
  readonly mayRead: boolean;
  /** When the phase changes. */
  readonly nextAt: number;
  /** Until when a session has to live that is made ready now: the next close. */
  readonly lastUntil: number;
  /** The day that it is in India. The hours are those of the market, whether it opens today or not. */
  readonly day: { readonly startsAt: number; readonly opensAt: number; readonly closesAt: number };
}

export const minuteMs = 60_000;
export const dayMs: number = 24 * 60 * minuteMs;
// India Standard Time is UTC+05:30 all year.
const offsetMs = 330 * minuteMs;
const timeOfDay = (hour: number, minute: number): number => (hour * 60 + minute) * minuteMs;

// Half an hour before the open, so that a person has time to notice what went wrong.
const logInAt = timeOfDay(8, 45);
const opensAt = timeOfDay(9, 15);
// The first moment without orders.
const closesAt = timeOfDay(15, 30);

/** The day in India to which a moment belongs: its midnight, its date such as `2031-03-03`, and whether it is a Saturday or Sunday. */
export function indiaDay(at: number): {
  readonly startsAt: number;
  readonly date: string;
  readonly isWeekend: boolean;
} {
  const local = new Date(Math.floor((at + offsetMs) / dayMs) * dayMs);
  const date = local.toISOString().slice(0, 10);
  return { startsAt: local.getTime() - offsetMs, date, isWeekend: [0, 6].includes(local.getUTCDay()) };
}

/** The plan of a trading day: a pure function of the time, so that every process comes to the same answer. */
export function dayPlan({ after = "leave", holidays = [] }: DayPlanOptions = {}): (now: number) => DayMoment {
  const rests = (at: number): boolean => indiaDay(at).isWeekend || holidays.includes(indiaDay(at).date);
  return (now) => {
    const { startsAt } = indiaDay(now);
    const day = { startsAt, opensAt: startsAt + opensAt, closesAt: startsAt + closesAt };
    let trading = now < day.closesAt ? startsAt : startsAt + dayMs;
    while (rests(trading)) trading += dayMs;
    const facts = { day, lastUntil: trading + closesAt };
    if (now < trading + logInAt)
      return { ...facts, phase: "closed", mayRead: after === "leave", nextAt: trading + logInAt };
    if (now < day.opensAt) return { ...facts, phase: "prepare", mayRead: true, nextAt: day.opensAt };
    return { ...facts, phase: "open", mayRead: true, nextAt: day.closesAt };
  };
}
