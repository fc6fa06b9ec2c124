import type { TokenStore } from "../contract/token-store.ts";
import type {
  TestEnvironmentNeeds,
  OpenStoreTestEnvironment,
  Rule,
  RuleContext,
  StoreTestEnvironment,
  StoreDifferences,
  StoreProcess,
  TestRunner,
} from "./store-kit/test-environment.ts";
import { leaseRules } from "./store-kit/lease-rules.ts";
import { lockRules } from "./store-kit/lock-rules.ts";
import { processRules } from "./store-kit/process-rules.ts";
import { keptMs, recordRules } from "./store-kit/record-rules.ts";
import { key, record, sameRecord } from "./store-kit/sample.ts";
import { serverRules } from "./store-kit/server-rules.ts";

/**
 * The rules that every token store keeps. A fresh test environment per test; differences are declared, never skipped. Rules about processes and about a server
 * are run where `processes` and `server` are said, on what the test environment then offers.
 * @example storeConformance({ describe, it }, () => ({ open: () => memoryStore() }), { instancesAreSeparate: true });
 */
export function storeConformance(
  runner: TestRunner,
  openTestEnvironment: OpenStoreTestEnvironment,
  differences: StoreDifferences = {},
): void {
  const ruleOn =
    (needs: TestEnvironmentNeeds): Rule =>
    (title, body) =>
      runner.it(title, async () => inTestEnvironment(await openTestEnvironment(needs), differences, body));
  const rule = ruleOn({ server: false });

  runner.describe("a token store", () => {
    recordRules(rule);
    lockRules(rule);
    if (differences.leaseMs !== undefined) leaseRules(rule, differences.leaseMs);
    if (differences.processes) processRules(rule, differences);
    if (differences.server) serverRules(ruleOn({ server: true }), differences);
    rule(`keeps a record that nobody touches: it has no time to live (${keptMs} ms)`, async ({ open, wait }) => {
      await open().swap(key(1), 0, record(1, 10));
      await wait(keptMs);
      sameRecord(await open().read(key(1)), record(1, 10));
    });
  });
}

async function inTestEnvironment(
  test: StoreTestEnvironment,
  { instancesAreSeparate }: StoreDifferences,
  body: (test: RuleContext) => Promise<void>,
): Promise<void> {
  const stores = new Set<TokenStore>();
  const processes: StoreProcess[] = [];
  const shared = instancesAreSeparate ? test.open() : undefined;
  const { spawn, server, wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms)) } = test;
  try {
    await body({
      open() {
        const store = shared ?? test.open();
        stores.add(store);
        return store;
      },
      async spawn() {
        if (spawn === undefined) throw new Error("the test environment starts no processes: give it spawn()");
        const process = await spawn();
        processes.push(process);
        return process;
      },
      get server() {
        if (server === undefined) throw new Error("the test environment has no server: give it server");
        return server;
      },
      wait,
    });
  } finally {
    await Promise.all(processes.map((process) => process.kill()));
    await Promise.all(Array.from(stores, (store) => store.close()));
    await test.cleanup?.();
  }
}
