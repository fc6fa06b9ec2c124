import type { Rule } from "./test-environment.ts";
import { codeOf, key, same } from "./sample.ts";

export function leaseRules(rule: Rule, leaseMs: number): void {
  rule("keeps a lock for longer than its lease while its holder lives", async ({ open, wait }) => {
    const lock = await open().lock(key(1), { waitMs: 1_000 });
    await wait(leaseMs * 2.5);
    same(lock.lost?.aborted, false);
    same(await codeOf(open().lock(key(1), { waitMs: 0 })), "store_busy");
    await lock.release();
    await (await open().lock(key(1), { waitMs: 0 })).release();
  });
}
