import { isBrokerAuthError } from "@x/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectionsLeft } from "./testing/redis-connections.ts";
import { startWatchedRedis, type WatchedRedis } from "./testing/redis-sentinel.ts";
import { redisProgram } from "./testing/redis-server.ts";
import { key, record, textIn } from "./testing/sample.ts";
import { isMissing } from "./testing/server-program.ts";
import { type OpenedStore, openStore } from "./testing/store-address.ts";

const missing = isMissing(redisProgram);

describe.skipIf(missing)(
  `on Redis watched by a sentinel${missing ? " (not run: redis-server is not installed)" : ""}`,
  () => {
    let watched: WatchedRedis;
    let opened: OpenedStore;
    beforeAll(async () => {
      watched = await startWatchedRedis();
      const { name, port } = watched;
      opened = await openStore({ kind: "redis-sentinel", name, port, timeoutMs: 2_000, leaseMs: 3_000 });
    }, 60_000);
    afterAll(async () => {
      await opened.end();
      await watched.end();
    });

    test("records are written, listed and locked", async () => {
      const { store } = opened;
      expect(await store.swap(key(1), 0, record(1))).toBe(true);
      expect(await textIn(store, 1)).toBe("text of 1");
      expect(await Array.fromAsync(store.keys())).toEqual([key(1)]);
      const held = await store.lock(key(1), { waitMs: 0 });
      const next = store.lock(key(1), { waitMs: 5_000 });
      await held.release();
      await (await next).release();
    });

    test("a wait that ends at whatever moment leaves no connection behind", async () => {
      const { store } = opened;
      const held = await store.lock(key(1), { waitMs: 0 });
      expect(await connectionsLeft(store, [watched.master, watched.sentinel])).toBe(0);
      await held.release();
    });

    test("after its master has died, calls are store_unavailable in time until the replica is the master, and go on there with what it had received", async () => {
      const { store } = opened;
      await store.swap(key(2), 0, record(1, "before the failover"));
      await watched.master.command("WAIT", "1", "2000");
      await watched.master.stop();
      const until = performance.now() + 40_000;
      for (;;) {
        const begun = performance.now();
        const outcome = await store.swap(key(2), 1, record(2)).catch((error: unknown) => error);
        // A machine that runs other tests as well is a slow one; what must not be is a hang.
        expect(performance.now() - begun).toBeLessThan(10_000);
        // One that was told as failed may have been written all the same: then the next one finds it there.
        if (typeof outcome === "boolean") break;
        expect(isBrokerAuthError(outcome) ? outcome.code : outcome).toBe("store_unavailable");
        if (performance.now() > until) throw new Error("the store has not come back", { cause: outcome });
      }
      expect(await textIn(store, 2)).toBe("text of 2");
      expect(String(await watched.replica.command("ROLE"))).toMatch(/^master/);
      await (await store.lock(key(2), { waitMs: 2_000 })).release();
    }, 60_000);
  },
);
