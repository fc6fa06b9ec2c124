import { indiaDay } from "./india-day.ts";

/** A time of day in India. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** What a strategy does when. Times are India's, whatever the computer's zone is. */
export interface DayPlanOptions {
  /** From here on sessions are made ready. Default 08:45: half an hour for a person to notice what went wrong. */
  readonly logInAt?: TimeOfDay;
  /** Default 09:15. */
  readonly opensAt?: TimeOfDay;
  /** Default 15:30. The first moment without orders. */
  readonly closesAt?: TimeOfDay;
  /** Days without trading besides weekends, such as `2031-03-14`. The exchange's list changes every year, so there is no default. */
  readonly holidays?: readonly string[];
  /** After the close: `leave` the session be and go on reading, or `logout` and rest until the next morning. Default `leave`. */
  readonly after?: "leave" | "logout";
}

/** Where in its day a strategy is. */
export interface DayMoment {
  /** `prepare`: sessions are made ready. `open`: the market is. `closed`: nights, weekends and holidays too. */
  readonly phase: "prepare" | "open" | "closed";
  /** Orders are sent in this phase and in no other. */
  readonly mayOrder: boolean;
  /** Whether the strategy calls its brokers at all. */
  readonly mayRead: boolean;
  /** When the phase changes, epoch milliseconds. */
  readonly nextAt: number;
  /** Until when a session has to live that is made ready now: the next close, epoch milliseconds. */
  readonly lastUntil: number;
  /** The day that it is in India, epoch milliseconds. The hours are those of the market, whether it opens today or not. */
  readonly day: { readonly startsAt: number; readonly opensAt: number; readonly closesAt: number };
}

const dayMs = 86_400_000;

/** The plan of a trading day: a pure function of the time, so that every process comes to the same answer. */
export function dayPlan(options: DayPlanOptions = {}): (now: number) => DayMoment {
  const { after = "leave", holidays = [] } = options;
  const logInAt = offsetOf(options.logInAt ?? { hour: 8, minute: 45 });
  const opensAt = offsetOf(options.opensAt ?? { hour: 9, minute: 15 });
  const closesAt = offsetOf(options.closesAt ?? { hour: 15, minute: 30 });
  const trades = (startsAt: number): boolean => {
    const { weekday, date } = indiaDay(startsAt);
    return weekday !== 0 && weekday !== 6 && !holidays.includes(date);
  };
  const nextMorning = (startsAt: number): number => {
    let day = startsAt + dayMs;
    while (!trades(day)) day += dayMs;
    return day + logInAt;
  };
  return (now) => {
    const { startsAt } = indiaDay(now);
    const since = now - startsAt;
    const day = { startsAt, opensAt: startsAt + opensAt, closesAt: startsAt + closesAt };
    const closed = { day, phase: "closed", mayOrder: false, mayRead: after === "leave" } as const;
    const today = { day, lastUntil: day.closesAt };
    if (!trades(startsAt) || since >= closesAt) {
      const nextAt = nextMorning(startsAt);
      return { ...closed, nextAt, lastUntil: nextAt - logInAt + closesAt };
    }
    if (since < logInAt) return { ...closed, ...today, nextAt: startsAt + logInAt };
    const reads = { ...today, mayRead: true };
    if (since < opensAt) return { ...reads, phase: "prepare", mayOrder: false, nextAt: day.opensAt };
    return { ...reads, phase: "open", mayOrder: true, nextAt: day.closesAt };
  };
}

function offsetOf({ hour, minute }: TimeOfDay): number {
  return (hour * 60 + minute) * 60_000;
}
