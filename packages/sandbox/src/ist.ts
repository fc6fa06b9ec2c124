/** IST is UTC+5:30 all year (reference section 6). */
const IST_OFFSET_MS = 19_800_000;
const DAY_MS = 86_400_000;

const HOUR_MS = 3_600_000;

/** The first full hour of that name after `at`, such as 6 for 06:00 IST; at that hour itself it is a day later. Epoch milliseconds, both. */
export function nextIstTime(at: number, hour: number): number {
  const shift = IST_OFFSET_MS - hour * HOUR_MS;
  return Math.floor((at + shift) / DAY_MS) * DAY_MS + DAY_MS - shift;
}

/** The first 00:00 IST after `at`. */
export function nextIstMidnight(at: number): number {
  return nextIstTime(at, 0);
}

/** The wall clock in India as the broker prints it, "2031-03-02 10:00:00.000". */
export function istStamp(at: number): string {
  return new Date(at + IST_OFFSET_MS).toISOString().replace("T", " ").replace("Z", "");
}
