// The documented life of a session (nubra.md section 6), for one whose token says nothing.
const sessionLifetimeMs = 7 * 3_600_000;

/** The furthest expiry of a session that is minted at `now`; both in epoch milliseconds. */
export function latestExpiry(now: number): number {
  return now + sessionLifetimeMs;
}
