import { nextIndiaTime } from "@x/core/adapter";

/** When a session that is minted at `now` ends: at the next 06:00 IST (zerodha.md section 4). Both in epoch milliseconds. */
export function latestExpiry(now: number): number {
  return nextIndiaTime(now, { hour: 6, minute: 0 });
}
