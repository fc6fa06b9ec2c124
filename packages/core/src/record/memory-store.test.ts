import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { memoryStore } from "./memory-store.ts";
import type { RecordHeader, StoredRecord, TokenStore } from "../contract/token-store.ts";

const key = "a".repeat(64);
const other = "b".repeat(64);
const header: RecordHeader = { state: "logged_out", expiresAt: 0, generation: 0, obtainedBy: "none" };

function record(revision: number, text = `body ${revision}`): StoredRecord {
  return { revision, header, body: new TextEncoder().encode(text) };
}

async function keysOf(store: TokenStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const found of store.keys()) keys.push(found);
  return keys;
}

describe("records in memory", () => {
  it("are there once they were swapped in, and only under their own key", async () => {
    const store = memoryStore();
    expect(await store.read(key)).toBeUndefined();
    expect(await store.swap(key, 0, record(1))).toBe(true);
    expect(await store.read(key)).toEqual(record(1));
    expect(await store.read(other)).toBeUndefined();
    expect(await keysOf(store)).toEqual([key]);
  });

  it("stay as they are where the expected revision is not the stored one", async () => {
    const store = memoryStore();
    expect(await store.swap(key, 1, record(2))).toBe(false);
    expect(await store.read(key)).toBeUndefined();
    await store.swap(key, 0, record(1));
    await store.swap(key, 1, record(2));
    for (const expected of [0, 1, 3]) expect(await store.swap(key, expected, record(9))).toBe(false);
    expect(await store.read(key)).toEqual(record(2));
  });

  it("are won by exactly one of many racing swaps", async () => {
    const store = memoryStore();
    await store.swap(key, 0, record(1));
    const results = await Promise.all(
      Array.from({ length: 50 }, async (_, racer) => store.swap(key, 1, record(2, `racer ${racer}`))),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await store.read(key)).toEqual(record(2, `racer ${results.indexOf(true)}`));
  });

  it("do not change with what the writer does to its own copy afterwards", async () => {
    const store = memoryStore();
    const mine = { revision: 1, header: { ...header }, body: new Uint8Array([1, 2, 3]) };
    await store.swap(key, 0, mine);
    mine.body.fill(0);
    mine.header.generation = 7;
    mine.revision = 9;
    expect(await store.read(key)).toEqual({ revision: 1, header, body: new Uint8Array([1, 2, 3]) });
  });

  it("do not change with what a reader does to its copy", async () => {
    const store = memoryStore();
    await store.swap(key, 0, record(1));
    (await store.read(key))?.body.fill(0);
    expect(await store.read(key)).toEqual(record(1));
  });

  it("are forgotten one by one", async () => {
    const store = memoryStore();
    await store.swap(key, 0, record(1));
    await store.swap(other, 0, record(1));
    await store.purge(key);
    expect(await store.read(key)).toBeUndefined();
    expect(await keysOf(store)).toEqual([other]);
    await expect(store.purge(key)).resolves.toBeUndefined();
  });

  it("of one store are unknown to another", async () => {
    const [one, two] = [memoryStore(), memoryStore()];
    await one.swap(key, 0, record(1));
    expect(await two.read(key)).toBeUndefined();
    await one.lock(key, { waitMs: 0 });
    await expect(two.lock(key, { waitMs: 0 })).resolves.toBeDefined();
  });
});

describe("the lock of an account", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is held by one at a time and handed on in the order of asking", async () => {
    const store = memoryStore();
    const order: string[] = [];
    let inside = 0;
    await Promise.all(
      ["a", "b", "c", "d"].map(async (name) => {
        const lock = await store.lock(key, { waitMs: 60_000 });
        order.push(`${name} with ${inside}`);
        inside += 1;
        await vi.advanceTimersByTimeAsync(10);
        inside -= 1;
        await lock.release();
      }),
    );
    expect(order).toEqual(["a with 0", "b with 0", "c with 0", "d with 0"]);
  });

  it("of one account does not hold up another", async () => {
    const store = memoryStore();
    await store.lock(key, { waitMs: 0 });
    await expect(store.lock(other, { waitMs: 0 })).resolves.toBeDefined();
  });

  it("is store_busy after the given wait, not before", async () => {
    const store = memoryStore();
    await store.lock(key, { waitMs: 0 });
    let outcome: unknown = "waiting";
    void store.lock(key, { waitMs: 500 }).catch((error: unknown) => (outcome = error));
    await vi.advanceTimersByTimeAsync(499);
    expect(outcome).toBe("waiting");
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome).toMatchObject({ name: "BrokerAuthError", code: "store_busy" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
    "is waited for however long the wait may be: %d ms",
    async (waitMs) => {
      // The platform's own timers: longer spans than they take end at once.
      vi.useRealTimers();
      const store = memoryStore();
      const held = await store.lock(key, { waitMs: 0 });
      const waiting = store.lock(key, { waitMs }).then(() => "held");
      const first = await Promise.race([waiting, new Promise((resolve) => setTimeout(() => resolve("waits"), 20))]);
      expect(first).toBe("waits");
      await held.release();
      expect(await waiting).toBe("held");
    },
  );

  it("ends the wait of a caller whose signal fires, and leaves the others in their places", async () => {
    const store = memoryStore();
    const held = await store.lock(key, { waitMs: 0 });
    const controller = new AbortController();
    const order: string[] = [];
    const first = store.lock(key, { waitMs: 60_000, signal: controller.signal }).catch((error: unknown) => error);
    const second = store.lock(key, { waitMs: 60_000 }).then((lock) => (order.push("second"), lock));
    const third = store.lock(key, { waitMs: 60_000 }).then((lock) => (order.push("third"), lock));
    await vi.advanceTimersByTimeAsync(0);
    controller.abort();
    expect(await first).toMatchObject({ name: "BrokerAuthError", code: "aborted" });
    expect(order).toEqual([]);
    await held.release();
    await (await second).release();
    await (await third).release();
    expect(order).toEqual(["second", "third"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is not taken by a waiter that gave up", async () => {
    const store = memoryStore();
    const held = await store.lock(key, { waitMs: 0 });
    const waiter = store.lock(key, { waitMs: 10 }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10);
    expect(await waiter).toMatchObject({ code: "store_busy" });
    await held.release();
    await expect(store.lock(key, { waitMs: 0 })).resolves.toBeDefined();
  });

  it("is not even asked for with a signal that has fired already", async () => {
    const store = memoryStore();
    await expect(store.lock(key, { waitMs: 5, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "aborted",
    });
    await expect(store.lock(key, { waitMs: 0 })).resolves.toBeDefined();
  });

  it("outlives an abort that comes after it was given", async () => {
    const store = memoryStore();
    const held = await store.lock(key, { waitMs: 0 });
    const controller = new AbortController();
    const waiting = store.lock(key, { waitMs: 60_000, signal: controller.signal });
    await vi.advanceTimersByTimeAsync(0);
    await held.release();
    controller.abort();
    await expect(waiting).resolves.toBeDefined();
    const late = store.lock(key, { waitMs: 1 }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1);
    expect(await late).toMatchObject({ code: "store_busy" });
  });

  it("is not freed from its next holder by a second release of the former one", async () => {
    const store = memoryStore();
    const first = await store.lock(key, { waitMs: 0 });
    await first.release();
    await store.lock(key, { waitMs: 0 });
    await first.release();
    const third = store.lock(key, { waitMs: 1 }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1);
    expect(await third).toMatchObject({ code: "store_busy" });
  });
});
