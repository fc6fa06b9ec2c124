import { createBrokerAuth, memoryStore, type TokenStore } from "@x/core";
import { nubra } from "@x/nubra";
import { inspect } from "node:util";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { encrypted } from "./encrypted-store.ts";
import { passphrase } from "./passphrase-source.ts";
import { type KeySource, storeKey } from "./store-key.ts";
import { codeOf, key, record, textIn } from "./testing/sample.ts";

const password = "hunter2-of-the-database";
const given: KeySource = { keys: async () => [storeKey(Buffer.alloc(32, 7), "the test")] };
const raw = (): Error =>
  Object.assign(new Error(`connect postgres://trader:${password}@db.example.com failed`), {
    code: "ECONNREFUSED",
    url: password,
  });

function fail(): never {
  throw raw();
}

/** Throws one way or the other, as a driver that is not of this library may. */
function failing(method: keyof TokenStore, how: "rejects" | "throws"): TokenStore {
  const below = memoryStore();
  if (method === "keys")
    return {
      ...below,
      place: "the database",
      keys:
        how === "throws"
          ? fail
          : async function* () {
              yield fail();
            },
    };
  return { ...below, place: "the database", [method]: how === "throws" ? fail : async () => fail() };
}

const calls: Readonly<Record<string, (store: TokenStore) => Promise<unknown>>> = {
  read: (store) => store.read(key(1)),
  swap: (store) => store.swap(key(1), 0, record(1)),
  lock: (store) => store.lock(key(1), { waitMs: 10 }),
  keys: (store) => store.swap(key(1), 0, record(1)),
  purge: (store) => store.purge(key(1)),
  close: (store) => store.close(),
};

describe.each(Object.keys(calls))("a store whose %s fails in its own words", (method) => {
  test.each(["rejects", "throws"] as const)(
    "is store_unavailable below encrypted() when it %s, without a word of the text",
    async (how) => {
      const store = encrypted(failing(method as keyof TokenStore, how), given);
      const failure: unknown = await calls[method]?.(store).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "store_unavailable", message: "the database cannot be read or written" });
      expect(inspect(failure, { depth: 10, showHidden: true }) + JSON.stringify(failure)).not.toContain(password);
      expect(failure).toMatchObject({ cause: { message: "Error (ECONNREFUSED)" } });
    },
  );
});

describe("a source of keys that fails in its own words", () => {
  test.each([
    ["keys", { ...given, keys: () => Promise.reject(raw()) }],
    [
      "keys, at once",
      {
        ...given,
        keys: (): never => {
          throw raw();
        },
      },
    ],
    ["create", { keys: async () => [], create: () => Promise.reject(raw()) }],
    [
      "the question for a passphrase",
      passphrase(() => {
        throw raw();
      }),
    ],
    ["what it gives", { keys: async () => undefined as never }],
  ] as const)("is store_key_locked when %s throws, without a word of the text", async (_which, source) => {
    const failure: unknown = await encrypted(memoryStore(), source)
      .read(key(1))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "store_key_locked" });
    expect(inspect(failure, { depth: 10, showHidden: true }) + JSON.stringify(failure)).not.toContain(password);
  });

  test("is configuration where there is none", async () => {
    for (const nothing of [undefined, null, {}, "key", Buffer.alloc(32), [], new Map()])
      expect(await codeOf(() => encrypted(memoryStore(), nothing as never))).toBe("configuration");
  });
});

describe("a lock below encrypted()", () => {
  test("is let go without an error, whatever the store says: what was done under it stands", async () => {
    const below = memoryStore();
    const locking: TokenStore = { ...below, lock: async () => ({ release: () => Promise.reject(raw()) }) };
    const store = encrypted(locking, given);
    await store.swap(key(1), 0, record(1, "text"));
    await (await store.lock(key(1), { waitMs: 10 })).release();
    expect(await textIn(store, 1)).toBe("text");
  });

  test("says when it was lost, as the store below does", async () => {
    const below = memoryStore();
    const lease = new AbortController();
    const leased: TokenStore = { ...below, lock: async () => ({ release: async () => undefined, lost: lease.signal }) };
    const lock = await encrypted(leased, given).lock(key(1), { waitMs: 10 });
    lease.abort();
    expect(lock.lost?.aborted).toBe(true);
    const kernels = await encrypted(below, given).lock(key(2), { waitMs: 10 });
    expect(kernels.lost).toBe(undefined);
  });
});

describe("an engine on a store that fails", () => {
  test("shows its user no text of the store", async () => {
    const store = encrypted(failing("read", "rejects"), given);
    const auth = createBrokerAuth({
      brokers: [nubra()],
      accounts: {
        main: { broker: "nubra", phone: "9000000001", mpin: "1357", totpSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" },
      },
      store,
    });
    const failure: unknown = await auth.session("main").catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "store_unavailable" });
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain(password);
  });
});

describe("a store that is silent while the key is looked for", () => {
  test.each(["read", "lock", "keys", "swap"] as const)(
    "is store_unavailable in time, although a person may take as long as it needs (%s)",
    async (method) => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      onTestFinished(() => void vi.useRealTimers());
      const asked = Promise.withResolvers<void>();
      const never = (): Promise<never> => (asked.resolve(), new Promise(() => undefined));
      const silent: TokenStore = {
        ...memoryStore(),
        [method]: method === "keys" ? () => ({ [Symbol.asyncIterator]: () => ({ next: never }) }) : never,
      };
      const ready = codeOf(async () => encrypted(silent, given).ready?.());
      await asked.promise;
      await vi.advanceTimersByTimeAsync(200_000);
      expect(await ready).toBe("store_unavailable");
    },
  );
});

describe("closing", () => {
  test("does not wait for a key that nobody gives", async () => {
    const store = encrypted(
      memoryStore(),
      passphrase(() => new Promise<never>(() => undefined)),
    );
    const reading = codeOf(store.read(key(1)));
    expect(await codeOf(store.close())).toBe("no error");
    expect(await reading).toBe("store_unavailable");
  });
});
