import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TokenStore } from "@x/core";
import { describe, expect, it } from "vitest";
import { encrypted } from "./encrypted-store.ts";
import { sqliteStore } from "./sqlite-store.ts";
import { type StoreKey, storeKey } from "./store-key.ts";
import { codeOf, key, record, textIn } from "./testing/sample.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";

const ours = storeKey(Buffer.alloc(32, 5), "the test");

const calls: Readonly<Record<string, (store: TokenStore) => Promise<unknown>>> = {
  read: (store) => store.read(key(1)),
  swap: (store) => store.swap(key(1), 0, record(1)),
  lock: (store) => store.lock(key(1), { waitMs: 1_000 }),
  purge: (store) => store.purge(key(1)),
  keys: async (store) => {
    for await (const _ of store.keys());
  },
};

describe("a call that is under way when its store is closed", () => {
  it.each(Object.keys(calls).filter((name) => name !== "keys"))(
    "and waits for the key ends as store_unavailable, and opens nothing anew: %s",
    async (name) => {
      const directory = join(temporaryDirectory(), "records");
      const asked = Promise.withResolvers<void>();
      const given = Promise.withResolvers<readonly StoreKey[]>();
      const keys = async (): Promise<readonly StoreKey[]> => {
        asked.resolve();
        return given.promise;
      };
      const store = encrypted(sqliteStore({ directory }), { keys, create: async () => ours });
      const outcome = codeOf(calls[name]!(store));
      await asked.promise;
      await store.close();
      rmSync(directory, { recursive: true });
      given.resolve([ours]);
      expect(await outcome).toBe("store_unavailable");
      expect(existsSync(directory)).toBe(false);
      // Used again, it opens anew.
      expect(await store.swap(key(1), 0, record(1))).toBe(true);
      expect(await textIn(store, 1)).toBe("text of 1");
      await store.close();
    },
  );

  it.each(Object.keys(calls))(
    "in clear ends so too, where the store is closed with the next word: %s",
    async (name) => {
      const directory = join(temporaryDirectory(), "records");
      const store = sqliteStore({ directory, plaintext: "i-understand" });
      await store.read(key(2));
      const outcome = codeOf(calls[name]!(store));
      await store.close();
      rmSync(directory, { recursive: true });
      // A read that had begun may have come to its end.
      expect(["store_unavailable", "no error"]).toContain(await outcome);
      expect(existsSync(directory)).toBe(false);
    },
  );

  it("and waits for a lock within the program opens no file for it", async () => {
    const directory = join(temporaryDirectory(), "records");
    const store = sqliteStore({ directory, plaintext: "i-understand" });
    const holder = await store.lock(key(1), { waitMs: 1_000 });
    const outcome = codeOf(store.lock(key(1), { waitMs: 10_000 }));
    await new Promise((resolve) => setImmediate(resolve));
    await store.close();
    rmSync(directory, { recursive: true });
    await holder.release();
    expect(await outcome).toBe("store_unavailable");
    expect(existsSync(directory)).toBe(false);
  });
});
