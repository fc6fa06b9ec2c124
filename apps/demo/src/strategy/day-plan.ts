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

const dayMs = 86_400_000;
// India Standard Time is UTC+05:30 all year.
const offsetMs = 5.5 * 3_600_000;

/** The day in India to which a moment belongs: its midnight, its date such as `2031-03-03`, and its weekday, where 0 is Sunday. */
export function indiaDay(at: number): { readonly startsAt: number; readonly date: string; readonly weekday: number } {
  const local = new Date(Math.floor((at + offsetMs) / dayMs) * dayMs);
  return { startsAt: local.getTime() - offsetMs, date: local.toISOString().slice(0, 10), weekday: local.getUTCDay() };
}

/** The plan of a trading day: a pure function of the time, so that every process comes to the same answer. */
export function dayPlan(options: DayPlanOptions = {}): (now: number) => DayMoment {
  const { after = "leave", holidays = [] } = options;
  const logInAt = offsetOf(options.logInAt ?? { hour: 8, minute: 45 });
  const opensAt = offsetOf(options.opensAt ?? { hour: 9, minute: 15 });
  const closesAt = offsetOf(options.closesAt ?? { hour: 15, minute: 30 });
  const trades = (at: number): boolean => {
    const { weekday, date } = indiaDay(at);
    return weekday !== 0 && weekday !== 6 && !holidays.includes(date);
  };
  return (now) => {
    const { startsAt } = indiaDay(now);
    const day = { startsAt, opensAt: startsAt + opensAt, closesAt: startsAt + closesAt };
    let trading = startsAt;
    if (now >= day.closesAt) trading += dayMs;
    while (!trades(trading)) trading += dayMs;
    const lastUntil = trading + closesAt;
    if (now < trading + logInAt)
      return { day, lastUntil, phase: "closed", mayRead: after === "leave", nextAt: trading + logInAt };
    const isOpen = now >= day.opensAt;
    return {
      day,
      lastUntil,
      phase: isOpen ? "open" : "prepare",
      mayRead: true,
      nextAt: isOpen ? day.closesAt : day.opensAt,
    };
  };
}

function offsetOf({ hour, minute }: TimeOfDay): number {
  return (hour * 60 + minute) * 60_000;
}
