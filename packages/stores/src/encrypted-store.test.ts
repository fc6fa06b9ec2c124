import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createBrokerAuth, memoryStore, type RecordKey, type StoredRecord, type TokenStore } from "@x/core";
import { storeConformance } from "@x/core/testing";
import { nubra } from "@x/nubra";
import fc from "fast-check";
import { describe, expect, it, onTestFinished, test, vi } from "vitest";
import { encrypted } from "./encrypted-store.ts";
import { environmentKey, keyFile } from "./key-file-source.ts";
import { OpenedBodies } from "./opened-bodies.ts";
import { passphrase } from "./passphrase-source.ts";
import { sqliteStore } from "./sqlite-store.ts";
import { type KeySource, type StoreKey, storeKey } from "./store-key.ts";
import { labelKey } from "./store-label.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";
import { program } from "./testing/program.ts";
import { codeOf, key, record, textIn } from "./testing/sample.ts";

const seed = 20_310_303;
const [older, newer, stranger] = [11, 12, 13].map((byte) => storeKey(Buffer.alloc(32, byte), "the test")) as [
  StoreKey,
  StoreKey,
  StoreKey,
];

/** Gives these keys and counts how often it is asked to make one. */
function source(...keys: StoreKey[]): KeySource & { made: number; given: readonly StoreKey[] } {
  return {
    made: 0,
    given: keys,
    async keys() {
      return this.given;
    },
    async create() {
      this.made += 1;
      return older;
    },
  };
}

/** A store below, with the records of two accounts as they lie there. */
async function openTestEnvironment(): Promise<{
  below: TokenStore;
  store: TokenStore;
  sealed: [RecordKey, RecordKey];
}> {
  const below = memoryStore();
  const store = encrypted(below, source(older));
  await store.swap(key(1), 0, record(5, "the first account's secrets"));
  const first = await onlyKey(store);
  await store.swap(key(2), 0, record(5, "the second account's secrets"));
  for await (const found of store.keys()) if (found !== first) return { below, store, sealed: [first, found] };
  throw new Error("the second record is not there");
}

async function onlyKey(store: TokenStore): Promise<RecordKey> {
  for await (const found of store.keys()) return found;
  throw new Error("there is no record");
}

/** Puts something in a record's place, past every check. */
async function plant(
  below: TokenStore,
  at: RecordKey,
  changed: (stored: StoredRecord) => StoredRecord,
): Promise<StoredRecord> {
  const stored = await below.read(at);
  if (stored === undefined) throw new Error("there is no such record");
  const next = changed(stored);
  expect(await below.swap(at, stored.revision, next)).toBe(true);
  return next;
}

describe("an encrypted store over memory", () => {
  const differences = { instancesAreSeparate: true };
  storeConformance({ describe, it }, () => ({ open: () => encrypted(memoryStore(), source(older)) }), differences);
});

describe("what lies in the store below", () => {
  test("shows neither the text nor the name of a record, and says that it is sealed", async () => {
    const below = memoryStore();
    const seen: StoredRecord[] = [];
    const spied: TokenStore = {
      ...below,
      swap: (at, expected, next) => (seen.push(next), below.swap(at, expected, next)),
    };
    const store = encrypted(spied, source(older));
    await store.swap(key(1), 0, record(1, "a very secret token"));
    expect(seen.map(({ sealed }) => sealed)).toEqual([true, true]);
    expect(await below.read(key(1))).toBeUndefined();
    for (const { body } of seen) expect(Buffer.from(body).includes("secret")).toBe(false);
    expect(await onlyKey(store)).toMatch(/^[0-9a-f]{64}$/);
  });

  test("has its header in clear, for whoever has no key", async () => {
    const { below, sealed } = await openTestEnvironment();
    expect((await below.read(sealed[0]))?.header).toEqual(record(5).header);
  });

  test("is named differently in every store, so that two stores cannot be compared", async () => {
    const [one, other] = [encrypted(memoryStore(), source(older)), encrypted(memoryStore(), source(older))];
    await one.swap(key(1), 0, record(1));
    await other.swap(key(1), 0, record(1));
    expect(await onlyKey(one)).not.toBe(await onlyKey(other));
  });
});

describe("a record that comes back as it was", () => {
  test("is given to each reader as bytes of its own", async () => {
    const { store } = await openTestEnvironment();
    for (let reader = 0; reader < 3; reader++) {
      const read = await store.read(key(1));
      expect(Buffer.from(read?.body ?? []).toString()).toBe("the first account's secrets");
      read?.body.fill(0);
    }
  });

  test("does not open any more once anything of it was changed, whoever has read it before", async () => {
    const { below, store, sealed } = await openTestEnvironment();
    const original = await below.read(sealed[0]);
    if (original === undefined) throw new Error("there is no record");
    const changes: ((stored: StoredRecord) => StoredRecord)[] = [
      (stored) => ({ ...stored, revision: stored.revision + 1 }),
      ...(["expiresAt", "generation"] as const).map((field) => ({ header, ...stored }: StoredRecord): StoredRecord => ({
        ...stored,
        header: { ...header, [field]: header[field] + 1 },
      })),
      ({ header, ...stored }) => ({ ...stored, header: { ...header, state: "logged_out" } }),
      ({ header, ...stored }) => ({ ...stored, header: { ...header, obtainedBy: "renewal" } }),
      ...[0, 20, original.body.length - 1].map((at) => (stored: StoredRecord): StoredRecord => {
        const body = Uint8Array.from(stored.body);
        body[at] = (body[at] ?? 0) ^ 4;
        return { ...stored, body };
      }),
      (stored) => ({ ...stored, body: stored.body.subarray(0, -1) }),
      (stored) => ({ ...stored, body: Buffer.concat([stored.body, Buffer.of(0)]) }),
    ];
    for (const [nth, change] of changes.entries()) {
      expect(await textIn(store, 1)).toBe("the first account's secrets");
      const planted = await plant(below, sealed[0], change);
      expect(await codeOf(store.read(key(1))), `change ${nth}`).toMatch(/^store_(?:corrupt|version)$/);
      await below.purge(sealed[0]);
      expect(planted).not.toEqual(original);
      expect(await below.swap(sealed[0], 0, original)).toBe(true);
    }
  });

  test("does not open as another account's, although that one was read before", async () => {
    const { below, store, sealed } = await openTestEnvironment();
    expect([await textIn(store, 1), await textIn(store, 2)]).toEqual([
      "the first account's secrets",
      "the second account's secrets",
    ]);
    const other = await below.read(sealed[1]);
    await plant(below, sealed[0], () => other as StoredRecord);
    expect(await codeOf(store.read(key(1)))).toBe("store_corrupt");
  });
});

describe("a header alone", () => {
  test("is given where the store below gives it, under the name that the account has there, and asks for no more", async () => {
    const { below } = await openTestEnvironment();
    const asked: RecordKey[] = [];
    const telling: TokenStore = {
      ...below,
      readHeader: async (at) => {
        asked.push(at);
        return (await below.read(at))?.header;
      },
    };
    const store = encrypted(telling, source(older));
    expect(await store.readHeader?.(key(1))).toEqual(record(5).header);
    expect(await store.readHeader?.(key(7))).toBeUndefined();
    expect(await below.read(asked[0] ?? "")).toBeDefined();
    expect(encrypted(below, source(older))).not.toHaveProperty("readHeader");
  });
});

describe("a record that was changed below", () => {
  test("does not open when any byte of its body is altered, and is left as it is", async () => {
    const { below, store, sealed } = await openTestEnvironment();
    const original = await below.read(sealed[0]);
    const { length } = original?.body ?? [];
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 7 }), async (bit) => {
        for (let at = 0; at < (length ?? 0); at++) {
          const planted = await plant(below, sealed[0], (stored) => {
            const body = Uint8Array.from(stored.body);
            body[at] = (body[at] ?? 0) ^ (1 << bit);
            return { ...stored, body };
          });
          const code = await codeOf(store.read(key(1)));
          // The first byte is the version: most values of it say that a newer program wrote this.
          expect(code === "store_corrupt" || (at === 0 && code === "store_version"), `byte ${at}: ${code}`).toBe(true);
          expect((await below.read(sealed[0]))?.body).toEqual(planted.body);
          await plant(below, sealed[0], (stored) => ({ ...stored, body: original?.body ?? stored.body }));
        }
      }),
      { seed, numRuns: 4 },
    );
    expect(await textIn(store, 1)).toBe("the first account's secrets");
  });

  test("does not open when it is cut off anywhere", async () => {
    const { below, store, sealed } = await openTestEnvironment();
    const original = (await below.read(sealed[0]))?.body ?? new Uint8Array();
    for (let length = 0; length < original.length; length++) {
      await plant(below, sealed[0], (stored) => ({ ...stored, body: original.slice(0, length) }));
      expect(await codeOf(store.read(key(1))), `${length} bytes`).toBe("store_corrupt");
    }
  });

  test.each([
    { state: "logged_out" as const },
    { expiresAt: 1_930_000_000_001 },
    { generation: 4 },
    { obtainedBy: "renewal" as const },
  ])("does not open when its header says something else: %o", async (change) => {
    const { below, store, sealed } = await openTestEnvironment();
    await plant(below, sealed[0], (stored) => ({ ...stored, header: { ...stored.header, ...change } }));
    expect(await codeOf(store.read(key(1)))).toBe("store_corrupt");
  });

  test("does not open in another account's place, nor in another store", async () => {
    const { below, store, sealed } = await openTestEnvironment();
    const other = await below.read(sealed[1]);
    await plant(below, sealed[0], (stored) => ({ ...stored, body: other?.body ?? stored.body }));
    expect(await codeOf(store.read(key(1)))).toBe("store_corrupt");
    expect(await textIn(store, 2)).toBe("the second account's secrets");

    const elsewhere = await openTestEnvironment();
    const foreign = await elsewhere.below.read(elsewhere.sealed[0]);
    await plant(below, sealed[0], (stored) => ({ ...stored, body: foreign?.body ?? stored.body }));
    expect(await codeOf(store.read(key(1)))).toBe("store_corrupt");
  });

  test("does not open when an older revision's bytes come back under a newer revision", async () => {
    const { below, store, sealed } = await openTestEnvironment();
    const old = await below.read(sealed[0]);
    await store.swap(key(1), 5, record(6, "newer"));
    await plant(below, sealed[0], (stored) => ({ ...stored, body: old?.body ?? stored.body }));
    expect(await codeOf(store.read(key(1)))).toBe("store_corrupt");
  });

  test("is store_version when its envelope has a newer version", async () => {
    const { below, store, sealed } = await openTestEnvironment();
    await plant(below, sealed[0], (stored) => ({ ...stored, body: Uint8Array.from([2, ...stored.body.slice(1)]) }));
    expect(await codeOf(store.read(key(1)))).toBe("store_version");
  });
});

describe("the label of a store", () => {
  test("is store_corrupt when any byte of it is altered or cut off, and no key is made for it", async () => {
    const { below } = await openTestEnvironment();
    const original = (await below.read(labelKey))?.body ?? new Uint8Array();
    const asked = source(older);
    const check = async (body: Uint8Array, what: string): Promise<void> => {
      await plant(below, labelKey, (stored) => ({ ...stored, body }));
      expect(await codeOf(encrypted(below, asked).read(key(1))), what).toBe("store_corrupt");
    };
    for (let at = 0; at < original.length; at++) {
      const altered = Uint8Array.from(original);
      altered[at] = (altered[at] ?? 0) ^ (1 << (at % 8));
      await check(altered, `byte ${at}`);
      await check(original.slice(0, at), `${at} bytes`);
    }
    expect(asked.made).toBe(0);
  });

  test("is store_corrupt when it is gone, and what is there is not taken for an empty store", async () => {
    const { below } = await openTestEnvironment();
    await below.purge(labelKey);
    const asked = source();
    const store = encrypted(below, asked);
    expect(await codeOf(store.read(key(1)))).toBe("store_corrupt");
    expect(await codeOf(store.swap(key(1), 0, record(1)))).toBe("store_corrupt");
    expect(asked.made).toBe(0);
  });

  test("is not written over records that were kept without encryption", async () => {
    const below = memoryStore();
    await below.swap(key(1), 0, record(1, "in clear"));
    const asked = source();
    expect(await codeOf(encrypted(below, asked).swap(key(2), 0, record(1)))).toBe("store_corrupt");
    expect(asked.made).toBe(0);
    expect(await textIn(below, 1)).toBe("in clear");
  });

  test("is store_version when a newer program wrote it", async () => {
    const { createHash } = await import("node:crypto");
    const { below } = await openTestEnvironment();
    await plant(below, labelKey, (stored) => {
      const [text = ""] = Buffer.from(stored.body).toString().split("\n");
      const next = JSON.stringify({ ...(JSON.parse(text) as object), version: 2 });
      return { ...stored, body: Buffer.from(`${next}\n${createHash("sha256").update(next).digest("hex")}`) };
    });
    expect(await codeOf(encrypted(below, source(older)).read(key(1)))).toBe("store_version");
  });
});

describe("a store that is emptied under a running program", () => {
  test("is store_corrupt, for accounts that were never there too, and nothing is written that nobody could open", async () => {
    const { below, store } = await openTestEnvironment();
    for await (const found of below.keys()) await below.purge(found);
    for (const call of [store.read(key(1)), store.read(key(3)), store.swap(key(3), 0, record(1))])
      expect(await codeOf(call)).toBe("store_corrupt");
    expect(await Array.fromAsync(below.keys())).toEqual([]);
    await encrypted(below, source(older)).swap(key(1), 0, record(1, "a new beginning"));
    await store.close();
    expect(await textIn(store, 1)).toBe("a new beginning");
  });
});

describe("the key of a store", () => {
  test("is made once, while the store is empty", async () => {
    const below = memoryStore();
    const asked = source();
    await encrypted(below, asked).swap(key(1), 0, record(1));
    expect(asked.made).toBe(1);
    asked.given = [older];
    await encrypted(below, asked).read(key(1));
    expect(asked.made).toBe(1);
  });

  test("is not made again when it is missing, wrong or locked: these are errors of their own, and nothing is written", async () => {
    const { below, sealed } = await openTestEnvironment();
    const before = [await below.read(labelKey), await below.read(sealed[0])];
    const locked: KeySource = { ...source(), keys: () => keyFile(temporaryDirectory()).keys(Buffer.alloc(16)) };
    const found: string[] = [];
    const asked = [source(), source(stranger), locked];
    for (const given of asked) {
      const store = encrypted(below, given);
      for (const call of [
        store.read(key(1)),
        store.swap(key(1), 5, record(6)),
        store.swap(key(3), 0, record(1)),
        store.lock(key(1), { waitMs: 10 }),
        store.purge(key(1)),
      ])
        found.push(await codeOf(call));
    }
    expect(found).toEqual([
      ...Array<string>(5).fill("store_key_missing"),
      ...Array<string>(5).fill("store_key_wrong"),
      ...Array<string>(5).fill("store_key_locked"),
    ]);
    expect([await below.read(labelKey), await below.read(sealed[0])]).toEqual(before);
    expect(asked.map((given) => ("made" in given ? given.made : 0))).toEqual([0, 0, 0]);
  });

  test("may come later: a store that was locked opens as soon as the key is there", async () => {
    const { below } = await openTestEnvironment();
    const asked = source();
    const store = encrypted(below, asked);
    expect(await codeOf(store.read(key(1)))).toBe("store_key_missing");
    asked.given = [older];
    expect(await textIn(store, 1)).toBe("the first account's secrets");
  });

  test("is made by one of many that begin together", async () => {
    const directory = temporaryDirectory();
    const stores = Array.from({ length: 6 }, () =>
      encrypted(sqliteStore({ directory: join(directory, "store") }), keyFile(join(directory, "key"))),
    );
    await Promise.all(stores.map((store, account) => store.swap(key(account), 0, record(1, `of ${account}`))));
    for (const store of stores)
      expect(await Promise.all(stores.map((_, account) => textIn(store, account)))).toEqual(
        stores.map((_, account) => `of ${account}`),
      );
    await Promise.all(stores.map((store) => store.close()));
  });
});

describe("a change of keys", () => {
  test("lets the old key go when everything was written with the new one", async () => {
    const below = memoryStore();
    const [before, during, after] = [
      encrypted(below, source(older)),
      encrypted(below, source(newer, older)),
      encrypted(below, source(newer)),
    ];
    await before.swap(key(1), 0, record(1, "first"));
    await before.swap(key(2), 0, record(1, "not written again"));
    await during.swap(key(1), 1, record(2, "second"));
    expect(await textIn(after, 1)).toBe("second");
    expect(await codeOf(after.read(key(2)))).toBe("store_key_wrong");
    expect(await textIn(during, 2)).toBe("not written again");
  });

  test("is noticed by a program that runs on, as soon as it meets the new key", async () => {
    const below = memoryStore();
    const asked = source(older);
    const running = encrypted(below, asked);
    await running.swap(key(1), 0, record(1, "first"));
    await encrypted(below, source(newer, older)).swap(key(1), 1, record(2, "second"));
    expect(await codeOf(running.read(key(1)))).toBe("store_key_wrong");
    asked.given = [newer, older];
    expect(await textIn(running, 1)).toBe("second");
    await running.swap(key(1), 2, record(3, "third"));
    expect(await textIn(encrypted(below, source(newer)), 1)).toBe("third");
  });

  test("does not cost a running program the key it has, when the new one cannot be read", async () => {
    const below = memoryStore();
    const asked = source(older);
    const running = encrypted(below, asked);
    await running.swap(key(1), 0, record(1, "first"));
    await running.swap(key(2), 0, record(1, "other"));
    await encrypted(below, source(newer, older)).swap(key(1), 1, record(2, "second"));
    asked.given = [];
    expect(await codeOf(running.read(key(1)))).toBe("store_key_missing");
    expect(await textIn(running, 2)).toBe("other");
  });

  test("does not ask a person again", async () => {
    const below = memoryStore();
    let asked = 0;
    const person: KeySource = { interactive: true, keys: async () => ((asked += 1), [older]) };
    const running = encrypted(below, person);
    await running.swap(key(1), 0, record(1, "first"));
    await encrypted(below, source(newer, older)).swap(key(1), 1, record(2, "second"));
    expect(await codeOf(running.read(key(1)))).toBe("store_key_wrong");
    expect(asked).toBe(1);
  });

  test("needs no pause: two processes with the keys in either order read and write each other's records", async () => {
    const directory = temporaryDirectory();
    const [old, fresh] = [randomBytes(32).toString("base64"), randomBytes(32).toString("base64")];
    writeFileSync(join(directory, "before"), `${old}\n${fresh}\n`, { mode: 0o600 });
    writeFileSync(join(directory, "after"), `${fresh}\n${old}\n`, { mode: 0o600 });
    const mine = encrypted(sqliteStore({ directory: join(directory, "store") }), keyFile(join(directory, "before")));
    onTestFinished(() => mine.close());
    await mine.swap(key(1), 0, record(1));
    const { line, ended } = program(
      `import { encrypted } from "@x/stores/encrypted";
       import { keyFile } from "@x/stores/key-file";
       import { sqliteStore } from "@x/stores/sqlite";
       const directory = process.argv[1];
       const store = encrypted(sqliteStore({ directory: directory + "/store" }), keyFile(directory + "/after"));
       let raised = 0;
       while (raised < 40) {
         const { revision, ...found } = await store.read("${key(1)}");
         if (await store.swap("${key(1)}", revision, { ...found, revision: revision + 1 })) raised += 1;
       }
       await store.close();
       console.log(raised);`,
      directory,
    );
    let raised = 0;
    while (raised < 40) {
      const found = await mine.read(key(1));
      if (found === undefined) throw new Error("the record is gone");
      if (await mine.swap(key(1), found.revision, { ...found, revision: found.revision + 1 })) raised += 1;
    }
    expect(await line()).toBe("40");
    await ended;
    expect((await mine.read(key(1)))?.revision).toBe(81);
  });
});

describe("a key that a person gives", () => {
  test("may take longer than the engine waits for a store, and is asked for once", async () => {
    const asked = Promise.withResolvers<void>();
    const typed = Promise.withResolvers<readonly StoreKey[]>();
    let questions = 0;
    const person: KeySource = { interactive: true, keys: () => (questions++, asked.resolve(), typed.promise) };
    const auth = createBrokerAuth({
      brokers: [nubra()],
      accounts: { main: { broker: "nubra", phone: "9000000001" } },
      store: encrypted(memoryStore(), person),
      timeoutMs: 20,
    });
    const status = auth.status("main");
    await asked.promise;
    // The engine's limit is one of real time.
    await new Promise((resolve) => setTimeout(resolve, 60));
    typed.resolve([older]);
    expect(await status).toMatchObject({ state: "logged_out" });
    await auth.close();
    expect(questions).toBe(1);
  });
});

describe("the sources of keys", { timeout: 30_000 }, () => {
  test("open what they have sealed, each in its own way", async () => {
    const directory = temporaryDirectory();
    const sources: KeySource[] = [
      keyFile(join(directory, "key")),
      environmentKey("STORE_KEY", { STORE_KEY: randomBytes(32).toString("base64") }),
      passphrase("correct horse battery staple"),
    ];
    for (const given of sources) {
      const below = memoryStore();
      await encrypted(below, given).swap(key(1), 0, record(1, "text"));
      expect(await textIn(encrypted(below, given), 1)).toBe("text");
    }
  });

  test("leave no key behind where the store could not be written", async () => {
    const directory = temporaryDirectory();
    const refusing: TokenStore = { ...memoryStore(), lock: () => Promise.reject(new Error("no")) };
    await codeOf(encrypted(refusing, keyFile(join(directory, "key"))).swap(key(1), 0, record(1)));
    expect(existsSync(join(directory, "key"))).toBe(false);
  });

  test("keep a key that was made just before the store was begun, for the next try", async () => {
    const directory = temporaryDirectory();
    const file = join(directory, "key");
    const below = memoryStore();
    const failing: TokenStore = { ...below, swap: () => Promise.reject(new Error("the process was killed here")) };
    await codeOf(encrypted(failing, keyFile(file)).swap(key(1), 0, record(1)));
    const made = readFileSync(file, "utf8");
    await encrypted(below, keyFile(file)).swap(key(1), 0, record(1, "text"));
    expect(readFileSync(file, "utf8")).toBe(made);
    expect(await textIn(encrypted(below, keyFile(file)), 1)).toBe("text");
  });
});

describe("what was opened", () => {
  const changes: [string, (store: TokenStore) => Promise<unknown>][] = [
    ["written over", (store) => store.swap(key(1), 5, record(6, "logged out"))],
    ["purged", (store) => store.purge(key(1))],
  ];

  it.each(changes)("is not kept in memory once its record is %s", async (_, change) => {
    const kept = vi.spyOn(OpenedBodies.prototype, "keep");
    onTestFinished(() => kept.mockRestore());
    const { below, store, sealed } = await openTestEnvironment();
    expect(await textIn(store, 1)).toBe("the first account's secrets");
    const [bodies] = kept.mock.contexts as OpenedBodies[];
    const old = await below.read(sealed[0]);
    if (bodies === undefined || old === undefined) throw new Error("nothing was opened");
    expect(bodies.find(sealed[0], old)).toBeDefined();
    await change(store);
    expect(bodies.find(sealed[0], old)).toBeUndefined();
  });
});
