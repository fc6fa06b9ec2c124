import type { FloorAccount, FloorPlan } from "./floor.ts";

/** A program whose login can be stopped at any of its steps. */
export interface HolderPlan extends FloorPlan {
  /** Who holds the lock when: one line for each change, in the order of the machine's own clock. */
  readonly diary: string;
  readonly name: string;
}

/** What such a program is told to do. */
export type HolderOrder =
  | {
      readonly kind: "log in";
      readonly account: FloorAccount;
      readonly mpin?: string;
      /** At which step it is stopped, counted from the moment it holds the lock; absent: never. */
      readonly stop?: { readonly at: number; readonly by: "SIGKILL" | "SIGSTOP" };
      /** Waits for a word when it holds the lock. */
      readonly announce?: boolean;
    }
  | { readonly kind: "read" }
  | { readonly kind: "end" };

export type HolderReport =
  | { readonly kind: "ready" | "waiting" | "holding" }
  /** `steps`: the names of the steps it went through, in their order. */
  | { readonly kind: "done"; readonly result: string; readonly generation: number; readonly steps: readonly string[] };

/** By this header the journal shows which program has sent a request. */
export const senderHeader = "x-proof-sender";
