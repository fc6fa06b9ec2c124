import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { memoryStore } from "../record/memory-store.ts";
import type { TokenStore } from "../contract/token-store.ts";
import { storeConformance } from "./store-conformance.ts";

/** Runs the kit with a runner of its own, and gives the titles of the rules that failed. */
async function broken(open: () => TokenStore): Promise<string[]> {
  const rules: { readonly title: string; readonly body: () => Promise<void> }[] = [];
  const runner = {
    describe: (_title: string, body: () => void) => body(),
    it: (title: string, body: () => Promise<void>) => void rules.push({ title, body }),
  };
  storeConformance(runner, () => ({ open }), { instancesAreSeparate: true });
  const outcomes = await Promise.all(
    rules.map(async ({ title, body }) =>
      body().then(
        () => undefined,
        () => title,
      ),
    ),
  );
  return outcomes.filter((title) => title !== undefined);
}

/** A memory store with one thing wrong. */
function spoilt(spoil: (store: TokenStore) => Partial<TokenStore>): () => TokenStore {
  return () => {
    const store = memoryStore();
    return { ...store, ...spoil(store) };
  };
}

describe("the store kit", () => {
  it("finds nothing wrong with a store that keeps the rules", async () => {
    expect(await broken(() => memoryStore())).toEqual([]);
  });

  it.each<[string, (store: TokenStore) => Partial<TokenStore>, RegExp]>([
    [
      "writes without comparing",
      (store) => ({
        swap: async (key, _expected, next) => {
          const found = await store.read(key);
          return store.swap(key, found?.revision ?? 0, next);
        },
      }),
      /refuses a write that expects another revision|exactly one of many racing writers/,
    ],
    ["says yes without writing", () => ({ swap: async () => true }), /gives back exactly what was written/],
    [
      "loses the header",
      (store) => ({
        read: async (key) => {
          const found = await store.read(key);
          return found && { ...found, header: { ...found.header, expiresAt: 0 } };
        },
      }),
      /gives back exactly what was written/,
    ],
    [
      "cuts long bodies",
      (store) => ({
        swap: (key, expected, next) => store.swap(key, expected, { ...next, body: next.body.slice(0, 4_096) }),
      }),
      /keeps records of 100 kB/,
    ],
    ["lets everybody in", () => ({ lock: async () => ({ release: async () => undefined }) }), /one holder at a time/],
    [
      "never waits for the lock",
      (store) => ({
        lock: (key, { signal }) => store.lock(key, signal === undefined ? { waitMs: 0 } : { waitMs: 0, signal }),
      }),
      /one holder at a time|ends a wait for the lock/,
    ],
    ["does not forget", () => ({ purge: async () => undefined }), /forgets a purged record/],
    ["lists nothing", () => ({ async *keys() {} }), /lists the keys/],
    [
      "fails with errors of its own",
      () => ({
        lock: async () => {
          throw new Error("no lock today");
        },
      }),
      /says store_busy/,
    ],
    [
      "is never reachable",
      () => ({
        read: async () => {
          throw new BrokerAuthError("store_unavailable", "away");
        },
      }),
      /has nothing under a key/,
    ],
  ])("fails a store that %s", async (_what, spoil, title) => {
    const failed = await broken(spoilt(spoil));
    expect(failed.some((rule) => title.test(rule))).toBe(true);
  });
});
