import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TokenStore } from "@x/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { encrypted } from "./encrypted-store.ts";
import { keyFile } from "./key-file-source.ts";
import { sqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";
import { codeOf, key, record, textIn } from "./testing/sample.ts";

const open = (directory: string): TokenStore => {
  const store = sqliteStore({ directory, plaintext: "i-understand" });
  onTestFinished(() => store.close());
  return store;
};

/** Does something with another working directory. */
async function within<Result>(directory: string, work: () => Result | Promise<Result>): Promise<Result> {
  const before = process.cwd();
  process.chdir(directory);
  try {
    return await work();
  } finally {
    process.chdir(before);
  }
}

async function listed(store: TokenStore): Promise<number> {
  let count = 0;
  for await (const _ of store.keys()) count += 1;
  return count;
}

describe("a relative directory", () => {
  test("is resolved when the store is made: records and locks stay in one place, wherever the program goes", async () => {
    const [made, later] = [temporaryDirectory(), temporaryDirectory()];
    const store = await within(made, () => open("state"));
    await within(later, async () => {
      expect(await store.swap(key(1), 0, record(1, "text"))).toBe(true);
      await (await store.lock(key(1), { waitMs: 1_000 })).release();
      await store.close();
      expect(await textIn(store, 1)).toBe("text");
    });
    expect(readdirSync(later)).toEqual([]);
    expect(readdirSync(join(made, "state", "locks"))).toEqual([`${key(1)}.lock`]);
    expect(store.place).toBe(join(made, "state"));
  });

  test("stands as a whole path in every message", async () => {
    const made = temporaryDirectory();
    mkdirSync(join(made, "state"));
    const store = await within(made, () => encrypted(sqliteStore({ directory: "state" }), keyFile("keys/store.key")));
    onTestFinished(() => store.close());
    await store.swap(key(1), 0, record(1));
    await store.close();
    rmSync(join(made, "keys"), { recursive: true });
    const later = await within(made, () => encrypted(sqliteStore({ directory: "state" }), keyFile("keys/store.key")));
    onTestFinished(() => later.close());
    await expect(later.read(key(1))).rejects.toMatchObject({
      code: "store_key_missing",
      message: `${join(made, "state")} is encrypted, and there is no key in ${join(made, "keys", "store.key")}`,
    });
  });
});

describe("an option of the store", () => {
  test.each([
    ["directory", { directory: "" }],
    ["directory", { directory: "~/state" }],
    ["directory", { directory: 5 }],
    ["directroy", { directroy: "/var/state" }],
    ["options", "/var/state"],
    ["options", null],
    ["options", { "/var/state": true }],
  ])("%s is refused in %j, before anything is made", async (field, options) => {
    const made = temporaryDirectory();
    const refused = within(made, () => sqliteStore(options as SqliteStoreOptions));
    await expect(refused).rejects.toMatchObject({ code: "configuration", field });
    expect(readdirSync(made)).toEqual([]);
  });
});

describe("a directory that was replaced under a running program", () => {
  const calls: readonly (readonly [string, (store: TokenStore) => Promise<unknown>])[] = [
    ["a read", (store) => store.read(key(1))],
    ["a first write", (store) => store.swap(key(2), 0, record(1))],
    ["a further write", (store) => store.swap(key(1), 1, record(2))],
    ["a lock", (store) => store.lock(key(1), { waitMs: 100 })],
    ["a list", listed],
    ["a purge", (store) => store.purge(key(1))],
  ];

  test.each(calls)(
    "is noticed by %s, which says what to do, and neither the old records nor the new ones are touched",
    async (_which, call) => {
      const root = temporaryDirectory();
      const directory = join(root, "state");
      const store = open(directory);
      await store.swap(key(1), 0, record(1, "old"));
      renameSync(directory, join(root, "old"));
      const other = open(directory);
      await other.swap(key(1), 0, record(1, "new"));
      await expect(call(store)).rejects.toMatchObject({
        code: "store_unavailable",
        message: `${join(directory, "sessions.db")} was replaced while this program had it open; nothing was read or written`,
        action: expect.stringContaining("restart every program"),
      });
      expect([await listed(other), await textIn(other, 1)]).toEqual([1, "new"]);
      expect(existsSync(join(directory, "locks"))).toBe(false);
      expect(await textIn(open(join(root, "old")), 1)).toBe("old");
    },
  );

  test.each(calls)("is noticed by %s when it is only gone, and is not made anew", async (_which, call) => {
    const directory = join(temporaryDirectory(), "state");
    const store = open(directory);
    await store.swap(key(1), 0, record(1));
    rmSync(directory, { recursive: true });
    await expect(call(store)).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining("was removed"),
    });
    expect(existsSync(directory)).toBe(false);
  });

  test("is noticed where a copy stands in its place, with the same bytes", async () => {
    const root = temporaryDirectory();
    const directory = join(root, "state");
    const store = open(directory);
    await store.swap(key(1), 0, record(1));
    renameSync(directory, join(root, "old"));
    cpSync(join(root, "old"), directory, { recursive: true });
    expect(await codeOf(store.read(key(1)))).toBe("store_unavailable");
  });

  test("is noticed by whoever waits for a lock, and the lock of the old place is not handed out", async () => {
    const root = temporaryDirectory();
    const directory = join(root, "state");
    const [holder, waiter] = [open(directory), open(directory)];
    const held = await holder.lock(key(1), { waitMs: 1_000 });
    const waiting = codeOf(waiter.lock(key(1), { waitMs: 10_000 }));
    await new Promise((resolve) => setImmediate(resolve));
    renameSync(directory, join(root, "old"));
    await held.release();
    expect(await waiting).toBe("store_unavailable");
  });

  test("works again when it is put back, and a store that is closed and opened takes what stands there", async () => {
    const root = temporaryDirectory();
    const directory = join(root, "state");
    const store = open(directory);
    await store.swap(key(1), 0, record(1, "old"));
    renameSync(directory, join(root, "old"));
    expect(await codeOf(store.read(key(1)))).toBe("store_unavailable");
    renameSync(join(root, "old"), directory);
    expect(await textIn(store, 1)).toBe("old");
    renameSync(directory, join(root, "old"));
    await store.close();
    expect(await store.read(key(1))).toBeUndefined();
  });

  test("does not get a new encrypted store's records under the old one's names: its label is read anew", async () => {
    const root = temporaryDirectory();
    const directory = join(root, "state");
    const sealed = (): TokenStore => encrypted(sqliteStore({ directory }), keyFile(join(root, "key")));
    const [first, second] = [sealed(), sealed()];
    onTestFinished(async () => Promise.all([first.close(), second.close()]).then(() => undefined));
    await first.swap(key(1), 0, record(1, "old"));
    await first.close();
    renameSync(directory, join(root, "old"));
    await second.swap(key(2), 0, record(1, "new"));
    await first.swap(key(1), 0, record(1, "newer"));
    expect([await textIn(second, 1), await textIn(first, 2)]).toEqual(["newer", "new"]);
  });
});
