import type { Rule, StoreDifferences } from "./test-environment.ts";
import { check, codeOf, key, record, same, sameRecord, within } from "./sample.ts";

// A kernel takes a dead process's lock away at once; a lease ends by itself.
const promptMs = 1_000;

export function processRules(rule: Rule, { leaseMs }: StoreDifferences): void {
  const freedMs = (leaseMs ?? 0) + promptMs;

  rule("lets exactly one of several processes win each revision", async ({ open, spawn }) => {
    const processes = await Promise.all([spawn(), spawn(), spawn()]);
    await open().swap(key(1), 0, record(1, 100));
    for (let revision = 1; revision <= 20; revision++) {
      const wins = await Promise.all(
        Array.from({ length: 6 }, async (_, writer) =>
          processes[writer % 3]?.store.swap(key(1), revision, record(revision + 1, 100 + writer)),
        ),
      );
      same(wins.filter(Boolean).length, 1);
      sameRecord(await open().read(key(1)), record(revision + 1, 100 + wins.indexOf(true)));
    }
  });

  rule(`frees the lock of a process that was killed within ${freedMs} ms, and not before`, async ({ open, spawn }) => {
    const holder = await spawn();
    await holder.store.lock(key(1), { waitMs: 1_000 });
    same(await codeOf(open().lock(key(1), { waitMs: 30 })), "store_busy");
    await holder.kill();
    await (await open().lock(key(1), { waitMs: freedMs })).release();
  });

  rule("keeps what a process has written when that is killed", async ({ open, spawn }) => {
    const writer = await spawn();
    let written = 0;
    let killed: Promise<void> | undefined;
    try {
      for (;;) {
        same(await writer.store.swap(key(1), written, record(written + 1, 500)), true);
        written += 1;
        if (written === 20) killed = writer.kill();
      }
    } catch (error) {
      if (killed === undefined) throw error;
    }
    await killed;
    const found = await open().read(key(1));
    check(found !== undefined && found.revision >= written, "a write that was told is not there");
    sameRecord(found, record(found.revision, 500));
  });

  if (leaseMs === undefined) {
    rule("leaves a lock to a process that is held still", async ({ open, spawn }) => {
      const holder = await spawn();
      const lock = await holder.store.lock(key(1), { waitMs: 1_000 });
      holder.pause();
      same(await codeOf(open().lock(key(1), { waitMs: 200 })), "store_busy");
      holder.resume();
      await holder.store.read(key(1));
      same(lock.lost?.aborted ?? false, false);
      await lock.release();
    });
    return;
  }

  rule(
    "tells a process that was held still for longer than its lease that its lock is lost",
    async ({ open, spawn }) => {
      const holder = await spawn();
      const lock = await holder.store.lock(key(1), { waitMs: 1_000 });
      holder.pause();
      const next = await open().lock(key(1), { waitMs: freedMs });
      holder.resume();
      await within(promptMs, holder.store.read(key(1)));
      same(lock.lost?.aborted, true);
      // What the former holder lets go is not its own any more.
      await lock.release();
      same(await codeOf(open().lock(key(1), { waitMs: 0 })), "store_busy");
      await next.release();
    },
  );
}
