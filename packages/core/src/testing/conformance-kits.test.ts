import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { memoryStore } from "../record/memory-store.ts";
import type { RecordHeader, TokenStore } from "../contract/token-store.ts";
import { storeConformance } from "./store-conformance.ts";

/** Runs the kit with a runner of its own, and gives the titles of the rules that failed. */
async function broken(open: () => TokenStore): Promise<string[]> {
  const rules: { readonly title: string; readonly body: () => Promise<void> }[] = [];
  const runner = {
    describe: (_title: string, body: () => void) => body(),
    it: (title: string, body: () => Promise<void>) => void rules.push({ title, body }),
  };
  storeConformance(runner, () => ({ open, wait }), { instancesAreSeparate: true });
  const failed: string[] = [];
  // One after the other: they share the clock.
  for (const { title, body } of rules) await body().catch(() => failed.push(title));
  return failed;
}

// What has been put off until its time comes, and the time, which no test waits for.
let now = 0;
const due: { readonly at: number; readonly act: () => unknown }[] = [];

function later(ms: number, act: () => unknown): void {
  due.push({ at: now + ms, act });
}

async function wait(ms: number): Promise<void> {
  now += ms;
  for (const { act } of due.splice(0).filter(({ at }) => at <= now)) await act();
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
      "sends a write again when its answer is late, long after somebody else has gone on",
      (store) => ({
        swap: async (key, expected, next) => {
          later(50, () => store.swap(key, expected, next));
          return store.swap(key, expected, next);
        },
      }),
      /what was purged stays away/,
    ],
    [
      "sends a write twice and believes the second answer",
      (store) => ({
        swap: async (key, expected, next) => {
          await store.swap(key, expected, next);
          return store.swap(key, expected, next);
        },
      }),
      /gives back exactly what was written/,
    ],
    [
      "deletes records after three seconds",
      (store) => ({
        swap: async (key, expected, next) => {
          later(3_000, () => store.purge(key));
          return store.swap(key, expected, next);
        },
      }),
      /has no time to live/,
    ],
    [
      "counts revisions in numbers that are too short",
      (store) => ({
        swap: (key, expected, next) =>
          store.swap(key, Math.fround(expected), { ...next, revision: Math.fround(next.revision) }),
      }),
      /numbers to the last digit/,
    ],
    [
      "gives its numbers back as text",
      (store) => ({
        read: async (key) => {
          const found = await store.read(key);
          return found && { ...found, revision: String(found.revision) as unknown as number };
        },
      }),
      /gives back exactly what was written/,
    ],
    [
      "tells a header alone that was overwritten since",
      (store) => {
        const first = new Map<string, RecordHeader>();
        return {
          swap: (key, expected, next) => {
            if (!first.has(key)) first.set(key, next.header);
            return store.swap(key, expected, next);
          },
          readHeader: async (key) => first.get(key),
        };
      },
      /tells a header alone/,
    ],
    [
      "lists what is locked, or was purged",
      (store) => {
        const seen = new Set<string>();
        return {
          swap: (key, ...given) => store.swap((seen.add(key), key), ...given),
          lock: (key, options) => store.lock((seen.add(key), key), options),
          async *keys() {
            yield* seen;
          },
        };
      },
      /lists the keys of its records, and of nothing else/,
    ],
    [
      "frees a lock with the record that is purged",
      (store) => {
        let freed = 0;
        return {
          lock: (key, options) => store.lock(`${freed} ${key}`, options),
          purge: async (key) => {
            freed += 1;
            await store.purge(key);
          },
        };
      },
      /leaves it to its holder/,
    ],
    [
      "is over once it was closed",
      (store) => {
        let closed = false;
        return {
          read: async (key) => {
            if (closed) throw new BrokerAuthError("store_unavailable", "closed");
            return store.read(key);
          },
          close: async () => {
            closed = true;
          },
        };
      },
      /goes on after it was closed/,
    ],
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
