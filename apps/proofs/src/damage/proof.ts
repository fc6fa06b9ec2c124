import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isBrokerAuthError, type RecordKey, type StoredRecord, type TokenStore } from "@x/core";
import { encrypted } from "@x/stores/encrypted";
import { environmentKey } from "@x/stores/key-file";
import { passphrase } from "@x/stores/passphrase";
import { sqliteStore } from "@x/stores/sqlite";
import { type TestEnvironment, openPlannedEngine, openPlannedStore, openTestEnvironment } from "@x/test-environment";
import { atLeast, counted, exactly, type Proof, told } from "../harness/proof.ts";

/** Name of the record that tells how a store is encrypted. */
const labelKey = "0".repeat(64);

interface Tally {
  damages: number;
  /** What the engine said, where it was not what it should have said. */
  readonly wrong: Map<string, number>;
  changed: number;
  /** Keys that were made or changed. */
  keys: number;
  readonly codes: Map<string, number>;
}

export const damage: Proof = {
  name: "damage",
  promises: ["P9"],
  bar: "every byte flipped, every truncation, exchanged records, newer versions, wrong, missing and locked keys: the right error each time, the original kept, no new key, nothing sent to a broker",
  async run(context) {
    const full = context.scale === "full";
    await using test = await openTestEnvironment({ ...context, accounts: 4 });
    await using first = openPlannedEngine(test.plan);
    // Twice, so that there is an older revision to bring back.
    await first.loginAll();
    const earlier = await recordsIn(test);
    for (const { name } of test.plan.accounts) await first.logout(name);
    test.clock.advance(60_000);
    await first.loginAll();
    await first.close();
    const { journal } = test.sandbox;
    const mark = journal.mark();

    const tally: Tally = { damages: 0, wrong: new Map(), changed: 0, keys: 0, codes: new Map() };
    const records = await recordsIn(test);
    await damagedRecords({
      test,
      tally,
      records,
      earlier,
      every: full ? 1 : 97,
      random: context.random,
    });
    await damagedFile({ test, tally, every: full ? 7 : 401 });
    await newerVersions({ test, tally, records });
    await otherKeys({ test, tally, withPassphrase: full });

    return counted({
      damages: atLeast(tally.damages, full ? 10_000 : 120),
      "without the right error": exactly(sum(tally.wrong), 0),
      "originals changed": exactly(tally.changed, 0),
      "keys made or changed": exactly(tally.keys, 0),
      "requests at the brokers": exactly(journal.entries({ after: mark }).length, 0),
      ...Object.fromEntries([...tally.codes].map(([code, count]) => [`times ${code}`, told(count)])),
      ...Object.fromEntries([...tally.wrong].slice(0, 8).map(([what, count]) => [what, told(count)])),
    });
  },
};

/** The sealed records of all accounts, and the label's, as they lie in the database. */
async function recordsIn(test: TestEnvironment<string>): Promise<ReadonlyMap<RecordKey, StoredRecord>> {
  return inside(test, async (below) => {
    const found = new Map<RecordKey, StoredRecord>();
    for await (const key of below.keys()) {
      const stored = await below.read(key);
      if (stored !== undefined) found.set(key, stored);
    }
    return found;
  });
}

async function inside<Result>(
  { plan }: TestEnvironment<string>,
  work: (below: TokenStore) => Promise<Result>,
): Promise<Result> {
  const below = sqliteStore({ directory: plan.storeDirectory });
  try {
    return await work(below);
  } finally {
    await below.close();
  }
}

async function damagedRecords(given: {
  readonly test: TestEnvironment<string>;
  readonly tally: Tally;
  readonly records: ReadonlyMap<RecordKey, StoredRecord>;
  readonly earlier: ReadonlyMap<RecordKey, StoredRecord>;
  readonly every: number;
  readonly random: () => number;
}): Promise<void> {
  const { test, tally, records, earlier, every, random } = given;
  const label = records.get(labelKey);
  const accounts = [...records].filter(([key]) => key !== labelKey);
  const [[key, record], [, other]] = accounts as [[RecordKey, StoredRecord], [RecordKey, StoredRecord]];
  if (label === undefined) throw new Error("the store has no label");

  await inside(test, async (below) => {
    const tried = async (
      place: RecordKey,
      original: StoredRecord,
      damaged: StoredRecord,
      expected: readonly string[],
      what: string,
    ): Promise<void> => {
      await replace(below, place, original.revision, damaged);
      await expectCode(test, tally, expected, what, place === labelKey ? "any" : "one");
      const kept = await below.read(place);
      if (kept === undefined || !same(kept, damaged)) tally.changed += 1;
      await replace(below, place, damaged.revision, original);
    };
    for (const [place, original] of records) {
      const name = place === labelKey ? "label" : "record";
      const offset = Math.floor(random() * every);
      for (let at = offset; at < original.body.byteLength; at += every) {
        const bit = Math.floor(random() * 8);
        const changed = flipped(original.body, at, bit);
        // The version stands in front of everything: a larger one says that a newer program was here.
        const newer = name === "record" && at === 0 && (changed[0] ?? 0) > 1;
        const code = newer ? "store_version" : "store_corrupt";
        await tried(place, original, { ...original, body: changed }, [code], `${name}, bit ${bit} of byte ${at}`);
        const cut = { ...original, body: original.body.slice(0, at) };
        await tried(place, original, cut, ["store_corrupt"], `${name} cut to ${at} bytes`);
      }
    }
    const { header, revision } = record;
    const headers: readonly StoredRecord["header"][] = [
      { ...header, state: "logged_out" },
      { ...header, expiresAt: header.expiresAt + 86_400_000 },
      { ...header, generation: header.generation + 1 },
      { ...header, obtainedBy: "renewal" },
    ];
    for (const changed of headers)
      await tried(key, record, { ...record, header: changed }, ["store_corrupt"], "header");
    await tried(key, record, { ...record, revision: revision + 1 }, ["store_corrupt"], "revision");
    await tried(key, record, { ...record, body: other.body }, ["store_corrupt"], "another account's bytes");
    await tried(key, record, { ...other, revision }, ["store_corrupt"], "another account's record");
    await tried(key, record, other, ["store_corrupt"], "another account's record with its revision");
    await tried(
      key,
      record,
      { ...record, body: earlier.get(key)?.body ?? new Uint8Array() },
      ["store_corrupt"],
      "older bytes",
    );
    await tried(
      key,
      record,
      { ...record, body: flippedTo(record.body, 0, 2) },
      ["store_version"],
      "envelope of version 2",
    );
    await tried(labelKey, label, { ...label, body: newerLabel(label.body) }, ["store_version"], "label of version 2");
  });
}

/** The database file itself: what SQLite and we find. An account's session may be there as it was; it is never taken for absent. */
async function damagedFile({
  test,
  tally,
  every,
}: {
  readonly test: TestEnvironment<string>;
  readonly tally: Tally;
  readonly every: number;
}): Promise<void> {
  const path = join(test.plan.storeDirectory, "sessions.db");
  const original = readFileSync(path);
  for (let at = 0; at < original.byteLength; at += every) {
    const damaged = flipped(original, at, at % 8);
    writeFileSync(path, damaged);
    const expected = ["a session", "store_corrupt", ...(at >= 60 && at < 64 ? ["store_version"] : [])];
    await expectCode(test, tally, expected, `byte ${at} of the file`, "any");
    for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
  }
  for (const length of [0.1, 0.5, 0.9].map((share) => Math.floor(original.byteLength * share))) {
    writeFileSync(path, original.subarray(0, length));
    await expectCode(test, tally, ["a session", "store_corrupt"], `file cut to ${length} bytes`, "any");
    if (!readFileSync(path).equals(original.subarray(0, length))) tally.changed += 1;
  }
  writeFileSync(path, original);
}

async function newerVersions({
  test,
  tally,
  records,
}: {
  readonly test: TestEnvironment<string>;
  readonly tally: Tally;
  readonly records: ReadonlyMap<RecordKey, StoredRecord>;
}): Promise<void> {
  const path = join(test.plan.storeDirectory, "sessions.db");
  const original = readFileSync(path);
  const database = new DatabaseSync(path);
  database.exec("PRAGMA user_version = 2");
  database.close();
  const newer = readFileSync(path);
  await expectCode(test, tally, ["store_version"], "database of version 2", "all");
  if (!readFileSync(path).equals(newer)) tally.changed += 1;
  writeFileSync(path, original);

  // What a newer engine would have put into a record, sealed with the right key.
  const store = openPlannedStore(test.plan);
  const keys = new Set<RecordKey>();
  const spied: TokenStore = { ...store, read: (key) => (keys.add(key), store.read(key)) };
  const auth = openPlannedEngine(test.plan, { store: spied });
  await auth.loginAll();
  for (const key of keys) {
    const stored = await store.read(key);
    if (stored === undefined) continue;
    const text = JSON.stringify({ ...(JSON.parse(Buffer.from(stored.body).toString()) as object), version: 9 });
    await store.swap(key, stored.revision, { ...stored, revision: stored.revision + 1, body: Buffer.from(text) });
  }
  await auth.close();
  await expectCode(test, tally, ["store_version"], "record of version 9", "all");
  await inside(test, async (below) => {
    for (const [key, record] of records) {
      const now = await below.read(key);
      if (now !== undefined) await replace(below, key, now.revision, record);
    }
  });
}

async function otherKeys({
  test,
  tally,
  withPassphrase,
}: {
  readonly test: TestEnvironment<string>;
  readonly tally: Tally;
  readonly withPassphrase: boolean;
}): Promise<void> {
  const { keyPath, storeDirectory } = test.plan;
  const aside = `${keyPath}.aside`;
  const before = snapshot(test);

  renameSync(keyPath, aside);
  await expectCode(test, tally, ["store_key_missing"], "key file missing", "all");
  if (existsSync(keyPath)) tally.keys += 1;
  writeFileSync(keyPath, "", { mode: 0o600 });
  await expectCode(test, tally, ["store_key_missing"], "key file empty", "all");
  writeFileSync(keyPath, `${randomBytes(32).toString("base64")}\n`);
  chmodSync(keyPath, 0o600);
  const wrong = readFileSync(keyPath, "utf8");
  await expectCode(test, tally, ["store_key_wrong"], "key file with another key", "all");
  if (readFileSync(keyPath, "utf8") !== wrong) tally.keys += 1;
  writeFileSync(keyPath, "no key at all\n");
  await expectCode(test, tally, ["store_key_wrong"], "key file with something else", "all");
  rmSync(keyPath);
  mkdirSync(keyPath, { mode: 0o700 });
  await expectCode(test, tally, ["store_key_locked"], "key file that is a directory", "all");
  rmSync(keyPath, { recursive: true });
  copyFileSync(aside, keyPath);
  chmodSync(keyPath, 0o644);
  await expectCode(test, tally, ["store_key_locked"], "key file that others can read", "all");
  rmSync(keyPath);

  const others: [string, string, () => TokenStore][] = [
    [
      "store_key_missing",
      "variable not set",
      () => encrypted(sqliteStore({ directory: storeDirectory }), environmentKey("KEY", {})),
    ],
    [
      "store_key_wrong",
      "variable with another key",
      () =>
        encrypted(
          sqliteStore({ directory: storeDirectory }),
          environmentKey("KEY", { KEY: randomBytes(32).toString("base64") }),
        ),
    ],
  ];
  const phrase = (): TokenStore =>
    encrypted(sqliteStore({ directory: storeDirectory }), passphrase("correct horse battery staple"));
  // Each of the four accounts' tries costs half a second of scrypt.
  if (withPassphrase) others.push(["store_key_wrong", "passphrase in place of the key", phrase]);
  for (const [code, what, open] of others) await expectCode(test, tally, [code], what, "all", open);

  renameSync(aside, keyPath);
  chmodSync(keyPath, 0o600);
  if (readdirSync(dirname(keyPath)).join() !== basename(keyPath)) tally.keys += 1;
  if (snapshot(test) !== before) tally.changed += 1;
  await expectCode(test, tally, ["a session"], "the right key again", "all");
}

/** Opens the store afresh, as a program that starts would, and compares what its engine says for each account. */
async function expectCode(
  test: TestEnvironment<string>,
  tally: Tally,
  expected: readonly string[],
  what: string,
  whose: "one" | "any" | "all",
  open: () => TokenStore = () => openPlannedStore(test.plan),
): Promise<void> {
  const store = open();
  const auth = openPlannedEngine(test.plan, { store });
  const found: string[] = [];
  for (const { name } of test.plan.accounts) {
    try {
      await auth.session(name);
      found.push("a session");
    } catch (error) {
      found.push(isBrokerAuthError(error) ? error.code : String(error));
    }
  }
  await auth.close();
  tally.damages += 1;
  const bad = found.filter((code) => !expected.includes(code));
  for (const code of found) if (code !== "a session") tally.codes.set(code, (tally.codes.get(code) ?? 0) + 1);
  // A damaged record is one account's affair: the others go on.
  const right =
    whose === "one" ? bad.length === found.length - 1 && bad.every((code) => code === "a session") : bad.length === 0;
  if (!right) tally.wrong.set(`${what}: ${found.join(", ")}`, (tally.wrong.get(what) ?? 0) + 1);
}

async function replace(below: TokenStore, key: RecordKey, expected: number, next: StoredRecord): Promise<void> {
  if (!(await below.swap(key, expected, { ...next, sealed: true })))
    throw new Error("a damage could not be put in its place");
}

function same(found: StoredRecord, wanted: StoredRecord): boolean {
  return (
    Buffer.compare(found.body, wanted.body) === 0 &&
    JSON.stringify([found.revision, found.header]) === JSON.stringify([wanted.revision, wanted.header])
  );
}

function flipped(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  return flippedTo(bytes, at, (bytes[at] ?? 0) ^ (1 << bit));
}

function flippedTo(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = value;
  return changed;
}

function newerLabel(body: Uint8Array): Uint8Array {
  const [text = ""] = Buffer.from(body).toString().split("\n");
  const newer = JSON.stringify({ ...(JSON.parse(text) as object), version: 2 });
  return Buffer.from(`${newer}\n${createHash("sha256").update(newer).digest("hex")}`);
}

function snapshot({ plan }: TestEnvironment<string>): string {
  const path = join(plan.storeDirectory, "sessions.db");
  return `${statSync(path).size} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
