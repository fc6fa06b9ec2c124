import type { TestAccount, TestPlan } from "@x/test-environment";
import type { Worker } from "../workers/worker-group.ts";

/** A program whose login can be stopped at any of its steps. */
export interface HolderPlan extends TestPlan {
  /** Who holds the lock when: one line for each change, in the order of the machine's own clock. */
  readonly diary: string;
  readonly name: string;
}

/** What such a program is told to do. */
export type HolderOrder =
  | {
      readonly kind: "log in";
      readonly account: TestAccount;
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

export type Done = Extract<HolderReport, { kind: "done" }>;

/** Waits for these reports of a holder, in this order and with no other between them. */
export async function heard(worker: Worker, ...kinds: readonly HolderReport["kind"][]): Promise<void> {
  for (const kind of kinds) {
    const report = await worker.hear<HolderReport>();
    if (report.kind !== kind) throw new Error(`waited for "${kind}" and heard ${JSON.stringify(report)}`);
  }
}

/** What a holder reports at its end; what it says before is passed over. */
export async function doneOf(worker: Worker): Promise<Done> {
  for (;;) {
    const report = await worker.hear<HolderReport>();
    if (report.kind === "done") return report;
  }
}
