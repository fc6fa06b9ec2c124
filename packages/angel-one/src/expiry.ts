import { nextIndiaTime } from "@x/core/adapter";

/** When a session that is minted at `now` ends at the latest: at the next 00:00 IST (angel-one.md section 3). Both in epoch milliseconds. */
export function latestExpiry(now: number): number {
  return nextIndiaTime(now);
}
