import type { AccountRecord } from "../record/account-record.ts";

const dayMs = 86_400_000;
const fewestEndings = 2;
const fewestMintings = 5;

/**
 * Whether something in the record may hold a login back for a time: a pause, early endings, many mintings. One that is over by a clock that is off is
 * not over, so the broker's time is asked for where it is not known. What a day went by over is no matter of clocks any more.
 */
export function hasTimedHold({ ledger, earlyEndings, mintedAt = [] }: AccountRecord, now: number): boolean {
  const isRecent = (at: number | undefined): boolean => at !== undefined && at > now - dayMs;
  return (
    ledger.pause !== undefined || isRecent(earlyEndings.at(-fewestEndings)) || isRecent(mintedAt.at(-fewestMintings))
  );
}
