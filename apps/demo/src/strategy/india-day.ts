// India Standard Time is UTC+05:30 all year.
const offsetMs = 5.5 * 3_600_000;
const dayMs = 86_400_000;

/** A day in India. */
export interface IndiaDay {
  /** Midnight in India, epoch milliseconds. */
  readonly startsAt: number;
  /** `2031-03-03` */
  readonly date: string;
  /** 0 is Sunday. */
  readonly weekday: number;
}

/** The day in India to which a moment belongs. */
export function indiaDay(at: number): IndiaDay {
  const startsAt = Math.floor((at + offsetMs) / dayMs) * dayMs - offsetMs;
  const local = new Date(startsAt + offsetMs);
  return { startsAt, date: local.toISOString().slice(0, 10), weekday: local.getUTCDay() };
}
