import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TokenStore } from "@x/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { encrypted } from "./encrypted-store.ts";
import { keyFile } from "./key-file-source.ts";
import { sqliteStore } from "./sqlite-store.ts";
import { asOrdinaryUser, makeReadOnly, modeOf, temporaryDirectory, underUmask } from "./testing/temporary-directory.ts";
import { codeOf, key, record, textIn } from "./testing/sample.ts";

const open = (directory: string): TokenStore => {
  const store = sqliteStore({ directory, plaintext: "i-understand" });
  onTestFinished(() => store.close());
  return store;
};
const database = (directory: string): string => join(directory, "sessions.db");

/** A store with one closed record. */
async function written(directory: string): Promise<void> {
  const store = sqliteStore({ directory, plaintext: "i-understand" });
  await store.swap(key(1), 0, record(1, "the old record"));
  await store.close();
}

function altered(directory: string, sql: string): Buffer {
  const connection = new DatabaseSync(database(directory));
  connection.exec(sql);
  connection.close();
  return readFileSync(database(directory));
}

describe("a store without encryption", () => {
  test("refuses what is not sealed, before anything is written, unless the option says that this is understood", async () => {
    const directory = join(temporaryDirectory(), "store");
    const store = sqliteStore({ directory });
    onTestFinished(() => store.close());
    await expect(store.swap(key(1), 0, record(1))).rejects.toMatchObject({ code: "configuration", field: "plaintext" });
    expect(existsSync(directory)).toBe(false);
    expect(await store.swap(key(1), 0, { ...record(1), sealed: true })).toBe(true);
    expect(await open(directory).swap(key(2), 0, record(1))).toBe(true);
  });

  test("takes no other word for the option", async () => {
    const store = sqliteStore({ directory: temporaryDirectory(), plaintext: true as unknown as "i-understand" });
    expect(await codeOf(store.swap(key(1), 0, record(1)))).toBe("configuration");
  });

  test("can still be read", async () => {
    const directory = temporaryDirectory();
    await written(directory);
    const store = sqliteStore({ directory });
    onTestFinished(() => store.close());
    expect(await textIn(store, 1)).toBe("the old record");
  });
});

describe("a record that is not found", () => {
  test("is damage where the index has lost it, not absence, whichever missing record is asked for first", async () => {
    for (const asked of [1, 2]) {
      const directory = temporaryDirectory();
      await written(directory);
      const bytes = readFileSync(database(directory));
      // Once in the table and once in its index; the index was made last.
      const places = [...bytes.toString("latin1").matchAll(new RegExp(key(1), "g"))].map(({ index }) => index);
      expect(places).toHaveLength(2);
      const inIndex = Math.max(...places);
      bytes[inIndex] = (bytes[inIndex] ?? 0) ^ 1;
      writeFileSync(database(directory), bytes);
      expect(await codeOf(open(directory).read(key(asked)))).toBe("store_corrupt");
    }
  });
});

describe("the files of a store", () => {
  test("are not there before the first use", () => {
    const directory = join(temporaryDirectory(), "store");
    sqliteStore({ directory });
    expect(existsSync(directory)).toBe(false);
  });

  test.each([0o000, 0o022, 0o077, 0o777])("are for their owner only under umask %o", async (mask) => {
    const root = temporaryDirectory();
    const directory = join(root, "deep", "store");
    await asOrdinaryUser(root, () =>
      underUmask(mask, async () => {
        const store = encrypted(sqliteStore({ directory }), keyFile(join(root, "keys", "key")));
        await store.swap(key(1), 0, record(1));
        const lock = await store.lock(key(1), { waitMs: 1_000 });
        for (const name of ["sessions.db", "sessions.db-wal", "sessions.db-shm"])
          expect(modeOf(join(directory, name)), name).toBe(0o600);
        for (const name of readdirSync(join(directory, "locks")))
          expect(modeOf(join(directory, "locks", name)), name).toBe(0o600);
        await lock.release();
        await store.close();
      }),
    );
    for (const path of ["deep", "deep/store", "deep/store/locks", "keys"])
      expect(modeOf(join(root, path)), path).toBe(0o700);
    expect(modeOf(join(root, "keys", "key"))).toBe(0o600);
  });

  test("are tightened when they were loose, SQLite's own too", async () => {
    const root = temporaryDirectory();
    const store = open(join(root, "running"));
    await store.swap(key(1), 0, record(1, "text"));
    // As a copy of a directory that was in use would be.
    for (const name of ["sessions.db", "sessions.db-wal", "sessions.db-shm"]) {
      copyFileSync(join(root, "running", name), join(root, name));
      chmodSync(join(root, name), 0o666);
    }
    const copy = open(root);
    expect(await textIn(copy, 1)).toBe("text");
    for (const name of ["sessions.db", "sessions.db-wal", "sessions.db-shm"])
      expect(modeOf(join(root, name)), name).toBe(0o600);
  });

  test.each([
    "sessions.db",
    "sessions.db-wal",
    "sessions.db-shm",
    "sessions.db-journal",
    `locks/${key(1)}.lock`,
    "locks",
  ])("are not taken over when %s is a link, and what it leads to keeps its bytes", async (name) => {
    for (const plant of [symlinkSync, linkSync]) {
      const root = temporaryDirectory();
      const foreign = join(root, "foreign");
      writeFileSync(foreign, "belongs to somebody else");
      const directory = join(root, "store");
      await written(directory);
      const holder = open(directory);
      await (await holder.lock(key(2), { waitMs: 1_000 })).release();
      await holder.close();
      rmSync(join(directory, name), { recursive: true, force: true });
      plant(foreign, join(directory, name));
      const store = open(directory);
      const attempt = name.startsWith("locks") ? store.lock(key(1), { waitMs: 100 }) : store.swap(key(1), 1, record(2));
      expect(await codeOf(attempt), plant.name).toBe("store_unavailable");
      expect(readFileSync(foreign, "utf8")).toBe("belongs to somebody else");
    }
  });
});

describe("a file that is not a store of ours", () => {
  test("is store_corrupt when it is no database, and keeps its bytes", async () => {
    const directory = temporaryDirectory();
    writeFileSync(database(directory), "this is a shopping list, and a long one ".repeat(40));
    expect(await codeOf(open(directory).read(key(1)))).toBe("store_corrupt");
    expect(await codeOf(open(directory).swap(key(1), 0, record(1)))).toBe("store_corrupt");
    expect(readFileSync(database(directory), "utf8")).toBe("this is a shopping list, and a long one ".repeat(40));
  });

  test.each([
    ["has tables", "CREATE TABLE notes (text)"],
    ["counts its versions as we do", "CREATE TABLE notes (text); PRAGMA user_version = 1"],
    ["is further on than we are", "CREATE TABLE notes (text); PRAGMA user_version = 9"],
    ["has marked itself", "PRAGMA application_id = 252006673; CREATE TABLE notes (text)"],
    ["is empty but for its version", "PRAGMA user_version = 1"],
  ])(
    "is store_corrupt when it is the database of another program that %s, and keeps its bytes",
    async (_which, sql) => {
      const directory = temporaryDirectory();
      const before = altered(directory, sql);
      expect(await codeOf(open(directory).swap(key(1), 0, record(1)))).toBe("store_corrupt");
      expect(readFileSync(database(directory))).toEqual(before);
    },
  );

  test("is store_corrupt when our table is gone or has another form", async () => {
    for (const sql of [
      "DROP TABLE records",
      "DROP TABLE records; CREATE TABLE records (key TEXT)",
      "PRAGMA user_version = 0",
    ]) {
      const directory = temporaryDirectory();
      await written(directory);
      const before = altered(directory, sql);
      expect(await codeOf(open(directory).read(key(1))), sql).toBe("store_corrupt");
      expect(readFileSync(database(directory))).toEqual(before);
    }
  });

  test("is store_corrupt when a number in it is larger than any that was written", async () => {
    const directory = temporaryDirectory();
    await written(directory);
    altered(directory, "UPDATE records SET revision = 9223372036854775807");
    expect(await codeOf(open(directory).read(key(1)))).toBe("store_corrupt");
  });

  test("gives what was written or says what is wrong, whatever bit of the file is flipped; it never takes a record for absent", async () => {
    const directory = temporaryDirectory();
    const store = open(directory);
    for (const account of [1, 2, 3]) await store.swap(key(account), 0, record(1, `text of ${account} `.repeat(90)));
    await store.close();
    const original = readFileSync(database(directory));
    const outcomes = new Set<string>();
    // Every byte would take a minute; the step is prime to the sizes of pages and records.
    for (let at = 0; at < original.byteLength; at += 37) {
      const damaged = Buffer.from(original);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(database(directory), damaged);
      for (const account of [1, 2, 3]) {
        const text = await textIn(store, account).catch((error: { code?: string }) => error.code);
        // Without encryption a letter of the text may have changed.
        outcomes.add(text?.length === `text of ${account} `.repeat(90).length ? "text" : String(text));
      }
      await store.close();
    }
    expect(outcomes).toContain("store_corrupt");
    expect(["store_corrupt", "store_version", "text"]).toEqual(expect.arrayContaining([...outcomes]));
  });

  test("is begun anew when it is empty, as a process that died at once leaves it", async () => {
    const directory = temporaryDirectory();
    writeFileSync(database(directory), "");
    expect(await open(directory).swap(key(1), 0, record(1))).toBe(true);
    const half = temporaryDirectory();
    altered(half, "PRAGMA journal_mode = WAL");
    expect(await open(half).swap(key(1), 0, record(1))).toBe(true);
  });

  test("is store_version when a newer program wrote it, and keeps its bytes", async () => {
    const directory = temporaryDirectory();
    await written(directory);
    const before = altered(directory, "PRAGMA user_version = 2");
    expect(await codeOf(open(directory).swap(key(1), 1, record(2)))).toBe("store_version");
    expect(readFileSync(database(directory))).toEqual(before);
  });
});

describe("a directory that takes no writes", () => {
  test("still gives its records, says store_unavailable to writes, and hands out no lock", async () => {
    const root = temporaryDirectory();
    const directory = join(root, "store");
    await written(directory);
    makeReadOnly(directory);
    await asOrdinaryUser(root, async () => {
      const store = open(directory);
      expect(await textIn(store, 1)).toBe("the old record");
      expect(await store.read(key(2))).toBeUndefined();
      expect(await codeOf(store.swap(key(2), 0, record(1)))).toBe("store_unavailable");
      expect(await codeOf(store.lock(key(1), { waitMs: 100 }))).toBe("store_unavailable");
    });
    expect(modeOf(directory)).toBe(0o500);
  });

  test("gives nothing while a log that it cannot take in lies beside the records", async () => {
    const root = temporaryDirectory();
    const running = open(join(root, "running"));
    await running.swap(key(1), 0, record(1, "newer than the database file"));
    const copy = join(root, "copy");
    await written(copy);
    copyFileSync(join(root, "running", "sessions.db-wal"), join(copy, "sessions.db-wal"));
    chmodSync(join(copy, "sessions.db-wal"), 0o400);
    makeReadOnly(copy);
    await asOrdinaryUser(root, async () => {
      expect(await codeOf(open(copy).read(key(1)))).toBe("store_unavailable");
    });
  });

  test("is store_unavailable when there is no store in it yet", async () => {
    const root = temporaryDirectory();
    makeReadOnly(root);
    await asOrdinaryUser(root, async () => {
      expect(await codeOf(open(root).read(key(1)))).toBe("store_unavailable");
      expect(await codeOf(open(join(root, "store")).read(key(1)))).toBe("store_unavailable");
    });
  });
});

describe("a store in use", () => {
  test("keeps times that are not whole milliseconds", async () => {
    const store = open(temporaryDirectory());
    await store.swap(key(1), 0, record(1, "text", { expiresAt: 1_930_000_000_000.25 }));
    expect((await store.read(key(1)))?.header.expiresAt).toBe(1_930_000_000_000.25);
  });

  test("waits for a writer in another process instead of failing", async () => {
    const directory = temporaryDirectory();
    await written(directory);
    const writer = new DatabaseSync(database(directory));
    writer.exec("BEGIN IMMEDIATE");
    const swap = open(directory).swap(key(1), 1, record(2));
    await new Promise((resolve) => setTimeout(resolve, 30));
    writer.exec("COMMIT");
    writer.close();
    expect(await swap).toBe(true);
  });

  test("ends a call that waits when it is closed, and makes nothing anew", async () => {
    const directory = join(temporaryDirectory(), "store");
    await written(directory);
    const writer = new DatabaseSync(database(directory));
    writer.exec("BEGIN IMMEDIATE");
    const store = open(directory);
    expect(await textIn(store, 1)).toBe("the old record");
    const swap = codeOf(store.swap(key(1), 1, record(2)));
    // It has met the writer, and waits.
    await new Promise((resolve) => setImmediate(resolve));
    await store.close();
    writer.close();
    rmSync(directory, { recursive: true });
    expect(await swap).toBe("store_unavailable");
    expect(existsSync(directory)).toBe(false);
  });

  test("opens anew when it is used after it was closed", async () => {
    const store = open(temporaryDirectory());
    await store.swap(key(1), 0, record(1, "text"));
    await store.close();
    await store.close();
    expect(await textIn(store, 1)).toBe("text");
  });
});
