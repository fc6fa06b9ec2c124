/** IST is UTC+5:30 all year (reference section 6). */
const IST_OFFSET_MS = 19_800_000;
const DAY_MS = 86_400_000;

/** The first 00:00 IST after `at`; at midnight itself that is a day later. Epoch milliseconds, both. */
export function nextIstMidnight(at: number): number {
  return Math.floor((at + IST_OFFSET_MS) / DAY_MS) * DAY_MS + DAY_MS - IST_OFFSET_MS;
}

/** The wall clock in India as the broker prints it, "2031-03-02 10:00:00.000". */
export function istStamp(at: number): string {
  return new Date(at + IST_OFFSET_MS).toISOString().replace("T", " ").replace("Z", "");
}
