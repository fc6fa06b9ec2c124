const dayMs = 86_400_000;
// Midnight in India, at which the sessions of Kotak Neo and Angel One end, and six in the morning, at which Zerodha's do.
const endings = [18.5 * 3_600_000, 0.5 * 3_600_000];
const runMs = 60 * 60_000;

/**
 * How far the clock of a run of the tests is set forward, in milliseconds: right before all sessions of a broker end, a login by itself waits for that,
 * and one by a person warns. A run that would come to such a moment begins a minute after it; every other one has the time that it is.
 */
export function clockShiftMs(now: number): number {
  for (const ending of endings) {
    const left = (ending - (now % dayMs) + dayMs) % dayMs;
    if (left < runMs) return left + 60_000;
  }
  return 0;
}
