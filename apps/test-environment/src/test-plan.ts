import type { PlatformOptions, TokenStore } from "@x/core";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
import { sharedClock } from "./shared-clock.ts";
import type { TestAccount } from "./test-account.ts";
import { openEngine, type TestAuth, type TestEngineChanges } from "./test-engine.ts";

/** What a program in a process of its own needs to join an environment: one encrypted SQLite store and one time. Plain data. */
export interface TestPlan {
  readonly accounts: readonly TestAccount[];
  readonly storeDirectory: string;
  readonly keyPath: string;
  readonly clockFile: string;
  readonly startAt: number;
  /** How far the brokers' time is ahead of the host's, where it runs with that. Default: it stands still until somebody sleeps on it. */
  readonly aheadMs?: number;
}

/** The environment's store, as any of its programs opens it. */
export function openPlannedStore({ storeDirectory, keyPath }: TestPlan): TokenStore {
  return encrypted(sqliteStore({ directory: storeDirectory }), keyFile(keyPath));
}

/** An engine for some of the accounts, as a program of its own would have it. */
export function openPlannedEngine(
  plan: TestPlan,
  changes: TestEngineChanges & Pick<PlatformOptions, "clock"> & { readonly accounts?: readonly TestAccount[] } = {},
): TestAuth<string> {
  const { aheadMs } = plan;
  const clock = aheadMs === undefined ? sharedClock(plan.clockFile, plan.startAt) : { now: () => Date.now() + aheadMs };
  return openEngine(changes.accounts ?? plan.accounts, { clock, store: openPlannedStore(plan), ...changes });
}
