import { nextIndiaTime } from "@x/core/adapter";

/** The furthest expiry of a session that is minted at `now`: the next 00:00 IST. Both in epoch milliseconds. */
export function latestExpiry(now: number): number {
  return nextIndiaTime(now);
}
