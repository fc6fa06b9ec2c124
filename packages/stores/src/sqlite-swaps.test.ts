import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BrokerAuthError, type StoredRecord, type TokenStore } from "@x/core";
import { expect, onTestFinished, test } from "vitest";
import { sqliteStore } from "./sqlite-store.ts";
import { SqliteSwaps } from "./sqlite-swaps.ts";
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

const unwritable = { ...record(1), header: { ...record(1).header, expiresAt: undefined } } as unknown as StoredRecord;

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
  const outcomes = await Promise.all(
    many.map((account) => {
      const written = store.swap(key(account), 0, account === 7 ? unwritable : record(1));
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

test("a store that was closed stays closed, also where a record could not be written", async () => {
  const directory = temporaryDirectory();
  const store = sqliteStore({ directory, plaintext: "i-understand" });
  await store.swap(key(9), 0, record(1));
  const written = [1, 2, 3].map((account) => {
    const next = account === 2 ? unwritable : record(1);
    return store.swap(key(account), 0, { ...next, sealed: true });
  });
  await store.close();
  const [first, second, third] = await Promise.allSettled(written);
  expect([first, third]).toStrictEqual([first, third].map(() => ({ status: "fulfilled", value: true })));
  expect(second).toMatchObject({ status: "rejected", reason: { code: "store_unavailable" } });
  // The log beside the database is taken away by the last connection that closes.
  expect(readdirSync(directory)).not.toContain("sessions.db-wal");
});

test("a value that the file's own rules refuse is no reason to refuse the others either", async () => {
  const store = open(temporaryDirectory());
  const outcomes = await Promise.allSettled(
    [1, 2, 3].map((account) =>
      store.swap(key(account), 0, account === 2 ? record(1, "", { generation: 0.5 }) : record(1)),
    ),
  );
  expect(outcomes).toMatchObject([
    { status: "fulfilled", value: true },
    { status: "rejected", reason: { code: "store_unavailable" } },
    { status: "fulfilled", value: true },
  ]);
});

test("where the file takes no writes, each of a turn is told once and at the same time", async () => {
  let calls = 0;
  const swaps = new SqliteSwaps(async () => {
    calls += 1;
    throw new BrokerAuthError("store_busy", "in use by others");
  });
  const all = many.map((account) => swaps.swap({ key: key(account), expected: 0, next: record(1) }));
  const outcomes = await Promise.allSettled(all);
  expect(outcomes.every((outcome) => outcome.status === "rejected" && outcome.reason.code === "store_busy")).toBe(true);
  // The first of a turn goes at once, the others at its end.
  expect(calls).toBe(2);
});
