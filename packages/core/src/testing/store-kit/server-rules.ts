import type { TokenStore } from "../../contract/token-store.ts";
import type { Rule, StoreDifferences } from "./test-environment.ts";
import { codeOf, key, record, same, sameRecord, within } from "./sample.ts";

// What a machine needs beside a store's own limit.
const slackMs = 1_500;

export function serverRules(rule: Rule, { timeoutMs = 5_000, leaseMs }: StoreDifferences): void {
  const limitMs = timeoutMs + slackMs;

  rule("says store_unavailable in time while its server is down, and goes on when that is back", async (test) => {
    const store = test.open();
    await store.swap(key(1), 0, record(1, 10));
    await test.server.stop();
    for (const code of await within(limitMs, Promise.all(calls(store)))) same(code, "store_unavailable");
    same(await within(limitMs, codeOf(store.close())), "no error");
    await test.server.start();
    await untilReached(store);
    sameRecord(await store.read(key(1)), record(1, 10));
    same(await store.swap(key(1), 1, record(2, 10)), true);
  });

  rule("says store_unavailable in time while its server is silent, and goes on when that speaks", async (test) => {
    const store = test.open();
    await store.swap(key(1), 0, record(1, 10));
    test.server.pause();
    try {
      for (const code of await within(limitMs, Promise.all(calls(store)))) same(code, "store_unavailable");
      same(await within(limitMs, codeOf(store.close())), "no error");
    } finally {
      test.server.resume();
    }
    await untilReached(store);
    // The write was told as failed. It may have been made all the same.
    const found = await store.read(key(1));
    sameRecord(found, found?.revision === 2 ? record(2, 10) : record(1, 10));
    // Nobody holds the lock that was asked for meanwhile.
    await (await store.lock(key(1), { waitMs: (leaseMs ?? 0) + slackMs })).release();
  });

  rule("has nothing after its server was emptied, and takes no write that expects what was there", async (test) => {
    const store = test.open();
    await store.swap(key(1), 0, record(1, 10));
    await test.server.empty();
    await untilReached(store);
    same(await store.read(key(1)), undefined);
    same(await store.swap(key(1), 1, record(2, 10)), false);
    same(await store.swap(key(1), 0, record(5, 10)), true);
  });

  if (leaseMs === undefined) return;
  rule("tells a holder that its lock is lost when its server forgot it or is silent for a lease", async (test) => {
    for (const trouble of ["emptied", "silent"] as const) {
      const lock = await test.open().lock(key(1), { waitMs: leaseMs + slackMs });
      if (trouble === "emptied") await test.server.empty();
      else test.server.pause();
      try {
        await within(leaseMs + slackMs, fired(lock.lost));
      } finally {
        if (trouble === "silent") test.server.resume();
      }
      await within(limitMs, lock.release());
    }
  });
}

function calls(store: TokenStore): Promise<string>[] {
  return [
    codeOf(store.read(key(1))),
    codeOf(store.swap(key(1), 1, record(2, 10))),
    codeOf(store.lock(key(1), { waitMs: 0 })),
    codeOf(store.keys()[Symbol.asyncIterator]().next()),
    codeOf(store.purge(key(2))),
  ];
}

function fired(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve());
  });
}

/** Waits until calls are answered again: a client may take a while to find its server. */
async function untilReached(store: TokenStore): Promise<void> {
  const until = performance.now() + 10_000;
  while ((await codeOf(store.read(key(9)))) !== "no error" && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 50));
}
