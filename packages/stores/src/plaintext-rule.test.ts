import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createBrokerAuth, memoryStore, type StoredRecord, type TokenStore } from "@x/core";
import { nubra } from "@x/nubra";
import { describe, expect, onTestFinished, test } from "vitest";
import { encrypted } from "./encrypted-store.ts";
import { environmentKey, keyFile } from "./key-file-source.ts";
import { plaintextRule } from "./plaintext-rule.ts";
import { sqliteStore } from "./sqlite-store.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";
import { codeOf, key, record, textIn } from "./testing/sample.ts";

const storeKey = environmentKey("STORE_KEY", { STORE_KEY: randomBytes(32).toString("base64") });

function sqlite(directory: string, plaintext?: "i-understand"): TokenStore {
  const store = sqliteStore({ directory, plaintext });
  onTestFinished(() => store.close());
  return store;
}

const calls: readonly (readonly [string, (store: TokenStore) => Promise<unknown>])[] = [
  ["reading", (store) => store.read(key(1))],
  ["writing first", (store) => store.swap(key(1), 0, record(1, "in clear"))],
  ["writing on", (store) => store.swap(key(1), 1, record(2, "in clear"))],
  ["locking", (store) => store.lock(key(1), { waitMs: 100 })],
  ["listing", (store) => store.keys()[Symbol.asyncIterator]().next()],
  ["purging", (store) => store.purge(key(1))],
];

test.each(calls)(
  "a program in clear that begins by %s does not work in an encrypted store, and is told what to write",
  async (_which, call) => {
    const directory = temporaryDirectory();
    const sealed = encrypted(sqlite(directory), storeKey);
    await sealed.swap(key(1), 0, record(1, "sealed"));
    await expect(call(sqlite(directory, "i-understand"))).rejects.toMatchObject({
      code: "configuration",
      field: "plaintext",
      message: `plaintext: ${directory} is encrypted, and was opened without encrypted()`,
      action: expect.stringContaining("encrypted("),
    });
    expect(await textIn(sealed, 1)).toBe("sealed");
    let records = 0;
    for await (const _ of sealed.keys()) records += 1;
    expect(records).toBe(1);
  },
);

describe("a store in clear", () => {
  test("is not opened by encrypted(), which says what to write, makes no key and changes nothing", async () => {
    const directory = temporaryDirectory();
    const plain = sqlite(directory, "i-understand");
    const auth = createBrokerAuth({
      brokers: [nubra()],
      accounts: { main: { broker: "nubra", phone: "9000000001" } },
      store: plain,
    });
    await auth.unlock("main");
    const written = await firstOf(plain);
    expect(written?.body[0]).toBe("{".charCodeAt(0));
    const file = join(directory, "key");
    for (const [which, call] of calls.slice(0, 4)) {
      await expect(call(encrypted(sqlite(directory), keyFile(file))), which).rejects.toMatchObject({
        code: "configuration",
        message: `plaintext: ${directory} holds sessions that are not encrypted, and was opened with encrypted()`,
        action: expect.stringContaining('plaintext: "i-understand"'),
      });
    }
    expect(existsSync(file)).toBe(false);
    expect(await firstOf(plain)).toEqual(written);
  });

  test("asks for no header alone in an encrypted one", async () => {
    const below = memoryStore();
    const telling: TokenStore = { ...below, readHeader: async (at) => (await below.read(at))?.header };
    const plain = plaintextRule(telling, { plaintext: "i-understand" });
    await encrypted(below, storeKey).swap(key(2), 0, record(1));
    expect(await codeOf(plain.readHeader?.(key(1)) ?? Promise.resolve())).toBe("configuration");
    expect(plaintextRule(below, {})).not.toHaveProperty("readHeader");
  });

  test("takes no further record once another program has begun to encrypt there", async () => {
    const below = memoryStore();
    const plain = plaintextRule(below, { plaintext: "i-understand" });
    expect(await plain.read(key(1))).toBeUndefined();
    await encrypted(below, storeKey).swap(key(2), 0, record(1));
    expect(await codeOf(plain.swap(key(1), 0, record(1)))).toBe("configuration");
  });
});

describe("the rule", () => {
  test("costs encrypted() no further read, and a program in clear one", async () => {
    const below = memoryStore();
    let reads = 0;
    const counted: TokenStore = { ...below, read: (at) => ((reads += 1), below.read(at)) };
    const sealed = encrypted(plaintextRule(counted, {}), storeKey);
    await sealed.swap(key(1), 0, record(1));
    reads = 0;
    for (let call = 0; call < 3; call++) await sealed.read(key(1));
    expect(reads).toBe(3);
    const clear: TokenStore = { ...memoryStore(), read: (at) => ((reads += 1), below.read(`no ${at}`)) };
    const plain = plaintextRule(clear, { plaintext: "i-understand" });
    reads = 0;
    for (let call = 0; call < 3; call++) await plain.read(key(1));
    expect(reads).toBe(4);
  });

  test("lets encrypted() work over a store that takes clear text, and over a wrapper of the user's own", async () => {
    const directory = temporaryDirectory();
    const below = sqlite(directory, "i-understand");
    const logged: string[] = [];
    const wrapped: TokenStore = { ...below, read: (at) => (logged.push(at), below.read(at)) };
    const store = encrypted(wrapped, storeKey);
    await store.swap(key(1), 0, record(1, "sealed"));
    expect(await textIn(store, 1)).toBe("sealed");
    await store.close();
    expect(await textIn(store, 1)).toBe("sealed");
    expect(logged.length).toBeGreaterThan(2);
    expect(readFileSync(join(directory, "sessions.db")).includes("sealed")).toBe(false);
  });
});

async function firstOf(store: TokenStore): Promise<StoredRecord | undefined> {
  for await (const found of store.keys()) return store.read(found);
  return undefined;
}
