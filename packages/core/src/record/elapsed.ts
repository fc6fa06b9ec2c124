/** Machines that share a store differ by less. What lies further ahead was written by a clock that was set back since. */
export const clocksApartMs: number = 3_600_000;

/** Milliseconds since a moment of the record. One a little ahead was written by a clock that is ahead, and counts as now. */
export function elapsedMs(at: number, now: number): number {
  return at - now > clocksApartMs ? Infinity : Math.max(now - at, 0);
}
