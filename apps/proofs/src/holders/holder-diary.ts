import { readFileSync, writeFileSync } from "node:fs";
import type { TestPlan } from "@x/test-environment";

/** A program whose login can be stopped at any of its steps. */
export interface HolderPlan extends TestPlan {
  /** Who holds the lock when: one line for each change, in the order of the machine's own clock. */
  readonly diary: string;
  readonly name: string;
}

/** By this header the journal shows which program has sent a request. */
export const senderHeader = "x-proof-sender";

/** What was written down about one account's lock. */
export interface DiaryLine {
  /** Milliseconds of the machine's own clock. */
  readonly at: number;
  readonly who: string;
  readonly account: string;
  readonly what: "holds" | "lets go" | "dies" | "stops";
}

/** Written by the holders themselves: before they let go or are stopped, after they hold. */
export class HolderDiary {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    writeFileSync(path, "");
  }

  of(account: string): readonly DiaryLine[] {
    const lines = readFileSync(this.path, "utf8").split("\n").filter(Boolean);
    const all = lines.map((line) => JSON.parse(line) as DiaryLine).filter((line) => line.account === account);
    return all.toSorted((a, b) => a.at - b.at);
  }

  /** How often somebody held the lock while another one had it. */
  overlaps(account: string): number {
    let holder: string | undefined;
    let overlaps = 0;
    for (const { who, what } of this.of(account)) {
      if (what === "holds") {
        if (holder !== undefined) overlaps += 1;
        holder = who;
      } else if (what !== "stops" && holder === who) holder = undefined;
    }
    return overlaps;
  }
}
