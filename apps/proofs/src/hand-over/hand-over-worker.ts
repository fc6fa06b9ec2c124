import { setTimeout as pause } from "node:timers/promises";
import { sqliteStore } from "@x/stores/sqlite";
import { givenPlan, leave, nextOrder, report } from "../workers/worker-side.ts";

export interface HandOverPlan {
  readonly directory: string;
}

/** Milliseconds of the machine's own clock, which all processes share. */
export interface HandOverReport {
  readonly heldAt: number;
  readonly letGoAt: number;
  /** What the wait has cost. */
  readonly processorMs: number;
}

const account = "a".repeat(64);
const store = sqliteStore({ directory: (givenPlan() as HandOverPlan).directory });
await report("ready");
for (;;) {
  const holdMs = await nextOrder<number | "end">();
  if (holdMs === "end") break;
  const before = process.cpuUsage();
  const lock = await store.lock(account, { waitMs: 60_000 });
  const heldAt = machineMs();
  const { user, system } = process.cpuUsage(before);
  await pause(holdMs);
  const letGoAt = machineMs();
  await lock.release();
  await report({ heldAt, letGoAt, processorMs: (user + system) / 1_000 } satisfies HandOverReport);
}
await store.close();
leave();

function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
