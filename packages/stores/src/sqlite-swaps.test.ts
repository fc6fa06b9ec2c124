import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StoredRecord, TokenStore } from "@x/core";
import { expect, onTestFinished, test } from "vitest";
import { sqliteStore } from "./sqlite-store.ts";
import { codeOf, key, record, textIn } from "./testing/sample.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";

const open = (directory: string): TokenStore => {
  const store = sqliteStore({ directory, plaintext: "i-understand" });
  onTestFinished(() => store.close());
  return store;
};

/** How often the log of the database was brought to the disk: a frame that ends a transaction says how large the database is then. */
function commits(directory: string): number {
  const log = readFileSync(join(directory, "sessions.db-wal"));
  const pageBytes = log.readUInt32BE(8);
  let found = 0;
  for (let at = 32; at + 24 <= log.length; at += 24 + pageBytes) if (log.readUInt32BE(at + 4) > 0) found += 1;
  return found;
}

const many = Array.from({ length: 50 }, (_, index) => index + 1);

test("records that are written in one turn of the event loop go to the disk in two transactions at most, however many they are", async () => {
  const directory = temporaryDirectory();
  const store = open(directory);
  await store.swap(key(99), 0, record(1));
  const before = commits(directory);
  const written = await Promise.all(many.map((account) => store.swap(key(account), 0, record(1, `of ${account}`))));
  expect(written).toStrictEqual(many.map(() => true));
  expect(commits(directory) - before).toBeLessThanOrEqual(2);
  expect(await Promise.all(many.map((account) => textIn(store, account)))).toStrictEqual(
    many.map((account) => `of ${account}`),
  );
});

test("a record that is written alone waits for no turn", async () => {
  const directory = temporaryDirectory();
  const store = open(directory);
  let turns = 0;
  const turn = (): void => void (turns += 1);
  setImmediate(turn);
  await store.swap(key(1), 0, record(1));
  expect(turns).toBe(0);
});

test("of several writes over the same revision in one turn the first one counts", async () => {
  const store = open(temporaryDirectory());
  const written = await Promise.all(many.map((nth) => store.swap(key(1), 0, record(1, `the ${nth}.`))));
  expect(written.filter(Boolean)).toHaveLength(1);
  expect(await textIn(store, 1)).toBe("the 1.");
});

test("a record that cannot be written is no reason to refuse the others of its turn", async () => {
  const store = open(temporaryDirectory());
  const wrong = { ...record(1), header: { ...record(1).header, expiresAt: undefined } } as unknown as StoredRecord;
  const outcomes = await Promise.all(
    many.map((account) => {
      const written = store.swap(key(account), 0, account === 7 ? wrong : record(1));
      return written.catch(() => codeOf(written));
    }),
  );
  expect(outcomes).toStrictEqual(many.map((account) => (account === 7 ? "store_unavailable" : true)));
});

test("what was wanted before the store is closed is written", async () => {
  const directory = temporaryDirectory();
  const store = sqliteStore({ directory, plaintext: "i-understand" });
  const written = many.map((account) => store.swap(key(account), 0, record(1)));
  await store.close();
  expect(await Promise.all(written)).toStrictEqual(many.map(() => true));
  expect(await textIn(open(directory), 50)).toBe("text of 1");
});
