import type { Rule } from "./test-environment.ts";
import { codeOf, key, record, same, sameRecord } from "./sample.ts";

export function lockRules(rule: Rule): void {
  rule("gives an account's lock to one holder at a time, across instances", async ({ open }) => {
    const stores = [open(), open()];
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 10 }, async (_, caller) => {
        const lock = await stores[caller % 2]?.lock(key(1), { waitMs: 10_000 });
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inside -= 1;
        await lock?.release();
      }),
    );
    same(most, 1);
  });

  rule("locks accounts independently of each other", async ({ open }) => {
    const store = open();
    const first = await store.lock(key(1), { waitMs: 1_000 });
    const second = await store.lock(key(2), { waitMs: 1_000 });
    await first.release();
    await second.release();
  });

  rule(
    "says store_busy when the lock is not free in time, and gives it to the next one after all",
    async ({ open }) => {
      const holder = await open().lock(key(1), { waitMs: 1_000 });
      same(await codeOf(open().lock(key(1), { waitMs: 30 })), "store_busy");
      same(await codeOf(open().lock(key(1), { waitMs: 0 })), "store_busy");
      await holder.release();
      await (await open().lock(key(1), { waitMs: 1_000 })).release();
      await (await open().lock(key(1), { waitMs: 0 })).release();
    },
  );

  rule("ends a wait for the lock by its signal, without losing a place for others", async ({ open }) => {
    const holder = await open().lock(key(1), { waitMs: 1_000 });
    const gone = new AbortController();
    const impatient = codeOf(open().lock(key(1), { waitMs: 10_000, signal: gone.signal }));
    const patient = open().lock(key(1), { waitMs: 10_000 });
    gone.abort();
    same(await impatient, "aborted");
    same(await codeOf(open().lock(key(1), { waitMs: 10_000, signal: AbortSignal.abort() })), "aborted");
    await holder.release();
    await (await patient).release();
  });

  rule("gives no lock to a waiter that it has asked, and that needs it no more", async ({ open }) => {
    const store = open();
    const holder = await store.lock(key(1), { waitMs: 1_000 });
    let asked = 0;
    const needed = async (): Promise<boolean> => {
      asked += 1;
      return false;
    };
    const waiters = [store, open()].map((one) =>
      codeOf(one.lock(key(1), { waitMs: 10_000, needed }).then((lock) => lock.release())),
    );
    await holder.release();
    const codes = await Promise.all(waiters);
    // It need not ask.
    if (asked > 0) same(codes.join(), "aborted,aborted");
    await (await open().lock(key(1), { waitMs: 1_000 })).release();
  });

  rule("takes a second release of the same lock for nothing", async ({ open }) => {
    const store = open();
    const first = await store.lock(key(1), { waitMs: 1_000 });
    await first.release();
    const second = await store.lock(key(1), { waitMs: 1_000 });
    await first.release();
    same(await codeOf(store.lock(key(1), { waitMs: 30 })), "store_busy");
    await second.release();
  });

  rule("reads, swaps and purges while somebody holds the lock, and leaves it to its holder", async ({ open }) => {
    const lock = await open().lock(key(1), { waitMs: 1_000 });
    same(await open().swap(key(1), 0, record(1, 10)), true);
    sameRecord(await open().read(key(1)), record(1, 10));
    same(await codeOf(open().lock(key(1), { waitMs: 0 })), "store_busy");
    await open().purge(key(1));
    same(await codeOf(open().lock(key(1), { waitMs: 0 })), "store_busy");
    same(lock.lost?.aborted ?? false, false);
    await lock.release();
  });
}
