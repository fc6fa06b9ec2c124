import { setTimeout as pause } from "node:timers/promises";
import { sqliteStore } from "@x/stores/sqlite";
import { givenPlan, obey } from "../workers/worker-side.ts";

/** When a lock was held, by the machine's own clock, which all processes share; and what the wait for it has cost. */
export interface Hold {
  readonly heldAt: number;
  readonly letGoAt: number;
  readonly processorMs: number;
}

const account = "a".repeat(64);
const store = sqliteStore({ directory: givenPlan() as string });

const commands = {
  async hold(holdMs: number): Promise<Hold> {
    const before = process.cpuUsage();
    const lock = await store.lock(account, { waitMs: 60_000 });
    const heldAt = machineMs();
    const { user, system } = process.cpuUsage(before);
    await pause(holdMs);
    const letGoAt = machineMs();
    await lock.release();
    return { heldAt, letGoAt, processorMs: (user + system) / 1_000 };
  },
};
export type LockHolder = typeof commands;

await obey(commands, () => store.close());

function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
