import { isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { StoredRecord, TokenStore } from "../contract/token-store.ts";

/** The two words of a test runner that the kits need; `vitest`, `node:test` and others have them. */
export interface TestRunner {
  describe(title: string, body: () => void): void;
  it(title: string, body: () => Promise<void>): void;
}

/** A place for records that belongs to one test. */
export interface StoreBench {
  /** A further store on the same place, as another process would open it. */
  open(): TokenStore;
  /** Ends the test's place. Stores that `open` gave are closed by the kit. */
  cleanup?(): void | Promise<void>;
}

export interface StoreDifferences {
  /** What one instance writes is not seen by the next one: the store lives in memory. Default false. */
  readonly instancesAreSeparate?: boolean;
}

/**
 * The rules that every token store keeps. A fresh bench per test; differences are declared, never skipped.
 * @example storeConformance({ describe, it }, () => ({ open: () => memoryStore() }), { instancesAreSeparate: true });
 */
export function storeConformance(
  runner: TestRunner,
  makeBench: () => StoreBench | Promise<StoreBench>,
  differences: StoreDifferences = {},
): void {
  const rule = (title: string, body: (open: () => TokenStore) => Promise<void>): void => {
    runner.it(title, async () => {
      const bench = await makeBench();
      const stores: TokenStore[] = [];
      const shared = differences.instancesAreSeparate ? bench.open() : undefined;
      try {
        await body(() => {
          const store = shared ?? bench.open();
          stores.push(store);
          return store;
        });
      } finally {
        await Promise.all(stores.map((store) => store.close()));
        await bench.cleanup?.();
      }
    });
  };

  runner.describe("a token store", () => {
    rule("has nothing under a key that was never written", async (open) => {
      same(await open().read(key(1)), undefined);
    });

    rule("gives back exactly what was written, to every instance", async (open) => {
      const written = record(41, 2_000);
      check(await open().swap(key(1), 0, written), "the first write was refused");
      sameRecord(await open().read(key(1)), written);
    });

    rule("keeps accounts apart", async (open) => {
      const store = open();
      await store.swap(key(1), 0, record(1, 10));
      await store.swap(key(2), 0, record(7, 20));
      sameRecord(await store.read(key(1)), record(1, 10));
      sameRecord(await store.read(key(2)), record(7, 20));
    });

    rule("refuses a first write where there is a record, and leaves it", async (open) => {
      const store = open();
      await store.swap(key(1), 0, record(1, 10));
      same(await open().swap(key(1), 0, record(1, 20)), false);
      sameRecord(await store.read(key(1)), record(1, 10));
    });

    rule("refuses a write that expects another revision, and leaves the record", async (open) => {
      const store = open();
      await store.swap(key(1), 0, record(5, 10));
      for (const expected of [1, 4, 6]) same(await store.swap(key(1), expected, record(7, 20)), false);
      same(await store.swap(key(2), 5, record(6, 20)), false);
      sameRecord(await store.read(key(1)), record(5, 10));
      same(await store.read(key(2)), undefined);
    });

    rule("lets exactly one of many racing writers win each revision", async (open) => {
      const stores = [open(), open(), open()];
      await stores[0]?.swap(key(1), 0, record(1, 100));
      for (let revision = 1; revision <= 20; revision++) {
        const wins = await Promise.all(
          Array.from({ length: 12 }, async (_, writer) =>
            stores[writer % 3]?.swap(key(1), revision, record(revision + 1, 100 + writer)),
          ),
        );
        same(wins.filter(Boolean).length, 1);
        const winner = wins.indexOf(true);
        sameRecord(await open().read(key(1)), record(revision + 1, 100 + winner));
      }
    });

    rule("is not changed through what it was given or gave out", async (open) => {
      const store = open();
      const given = record(1, 50);
      await store.swap(key(1), 0, given);
      given.body.fill(0);
      (await store.read(key(1)))?.body.fill(9);
      sameRecord(await store.read(key(1)), record(1, 50));
    });

    rule("keeps records of 100 kB and of no bytes", async (open) => {
      await open().swap(key(1), 0, record(1, 100_000));
      await open().swap(key(2), 0, record(1, 0));
      sameRecord(await open().read(key(1)), record(1, 100_000));
      sameRecord(await open().read(key(2)), record(1, 0));
    });

    rule("lists the keys of its records", async (open) => {
      const store = open();
      for (const account of [1, 2, 3]) await store.swap(key(account), 0, record(1, 10));
      const keys: string[] = [];
      for await (const found of open().keys()) keys.push(found);
      same(keys.length, 3);
      same(new Set(keys).size, 3);
    });

    rule("forgets a purged record, and takes a new one after it", async (open) => {
      const store = open();
      await store.swap(key(1), 0, record(3, 10));
      await open().purge(key(1));
      same(await store.read(key(1)), undefined);
      same(await store.swap(key(1), 3, record(4, 10)), false);
      same(await store.swap(key(1), 0, record(9, 10)), true);
    });

    rule("gives an account's lock to one holder at a time, across instances", async (open) => {
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

    rule("locks accounts independently of each other", async (open) => {
      const store = open();
      const first = await store.lock(key(1), { waitMs: 1_000 });
      const second = await store.lock(key(2), { waitMs: 1_000 });
      await first.release();
      await second.release();
    });

    rule("says store_busy when the lock is not free in time, and gives it to the next one after all", async (open) => {
      const holder = await open().lock(key(1), { waitMs: 1_000 });
      same(await codeOf(open().lock(key(1), { waitMs: 30 })), "store_busy");
      await holder.release();
      await (await open().lock(key(1), { waitMs: 1_000 })).release();
    });

    rule("ends a wait for the lock by its signal, without losing a place for others", async (open) => {
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

    rule("takes a second release of the same lock for nothing", async (open) => {
      const store = open();
      const first = await store.lock(key(1), { waitMs: 1_000 });
      await first.release();
      const second = await store.lock(key(1), { waitMs: 1_000 });
      await first.release();
      same(await codeOf(store.lock(key(1), { waitMs: 30 })), "store_busy");
      await second.release();
    });

    rule("reads and swaps while somebody holds the lock", async (open) => {
      const lock = await open().lock(key(1), { waitMs: 1_000 });
      same(await open().swap(key(1), 0, record(1, 10)), true);
      sameRecord(await open().read(key(1)), record(1, 10));
      await lock.release();
    });
  });
}

function key(account: number): string {
  return account.toString(16).padStart(64, "ab");
}

function record(revision: number, bytes: number): StoredRecord & { readonly body: Uint8Array } {
  const body = Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + bytes) % 256);
  return {
    revision,
    header: { state: "logged_in", expiresAt: 1_930_000_000_000 + revision, generation: revision, obtainedBy: "login" },
    body,
  };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "no error";
  } catch (error) {
    return isBrokerAuthError(error) ? error.code : `no BrokerAuthError: ${String(error)}`;
  }
}

function sameRecord(found: StoredRecord | undefined, wanted: StoredRecord): void {
  check(found !== undefined, "the record is not there");
  same(
    JSON.stringify([found.revision, sorted(found.header)]),
    JSON.stringify([wanted.revision, sorted(wanted.header)]),
  );
  same(found.body.length, wanted.body.length);
  check(
    found.body.every((byte, index) => byte === wanted.body[index]),
    "the body has other bytes",
  );
}

function sorted(header: object): unknown {
  return Object.entries(header).toSorted(([a], [b]) => a.localeCompare(b));
}

function same(found: unknown, wanted: unknown): void {
  check(Object.is(found, wanted), `found ${String(found)}, wanted ${String(wanted)}`);
}

function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}
