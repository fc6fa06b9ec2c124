import { openStore, type StoreAddress } from "../../../packages/stores/src/testing/store-address.ts";
import { endProgram, nextMessage, startProgram } from "./source-program.ts";

export interface LockOrder {
  readonly keepMs: number;
}

export type LockReport =
  | { readonly kind: "ready" }
  | { readonly kind: "held" }
  /** `at`: what `process.hrtime` showed just before, which counts alike in all processes of a machine. */
  | { readonly kind: "released"; readonly at: string };

/** Another process that holds a lock for a while, and how long the lock then takes to come over to this one. */
export interface LockHandOver extends AsyncDisposable {
  /** Milliseconds from the release there to the lock here, and which share of the wait this thread was busy. */
  measure(keepMs: number): Promise<{ readonly ms: number; readonly busy: number }>;
}

export async function openLockHandOver(address: StoreAddress): Promise<LockHandOver> {
  const key = "a".repeat(64);
  const holder = startProgram("lock-holder", JSON.stringify(address), key);
  const opened = await openStore(address);
  const { store } = opened;
  const heard = (kind: LockReport["kind"]): Promise<LockReport> =>
    nextMessage<LockReport>(holder, (report) => report.kind === kind);
  await heard("ready");
  return {
    async measure(keepMs) {
      const held = heard("held");
      const released = heard("released");
      holder.send({ keepMs } satisfies LockOrder);
      await held;
      const before = performance.eventLoopUtilization();
      const lock = await store.lock(key, { waitMs: 10_000 });
      const at = process.hrtime.bigint();
      const { utilization } = performance.eventLoopUtilization(before);
      await lock.release();
      const report = await released;
      return { ms: report.kind === "released" ? Number(at - BigInt(report.at)) / 1e6 : Number.NaN, busy: utilization };
    },
    async [Symbol.asyncDispose]() {
      await endProgram(holder);
      await store.close();
      await opened.end();
    },
  };
}
