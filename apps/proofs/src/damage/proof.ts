import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { RecordKey, StoredRecord, TokenStore } from "@x/core";
import { encrypted, type KeySource } from "@x/stores/encrypted";
import { environmentKey } from "@x/stores/key-file";
import { passphrase } from "@x/stores/passphrase";
import { sqliteStore } from "@x/stores/sqlite";
import { type TestEnvironment, openPlannedEngine, openPlannedStore, openTestEnvironment } from "@x/test-environment";
import { sum } from "../harness/numbers.ts";
import { atLeast, counted, exactly, type Proof, told } from "../harness/proof.ts";
import { expectCode, expectOne, inside, readAll, recordsIn, replace, type Scene, type Tally } from "./damaged-store.ts";

/** Name of the record that tells how a store is encrypted. */
const labelKey = "0".repeat(64);

export const proof: Proof = {
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

    const records = await recordsIn(test);
    const tally: Tally = { damages: 0, wrong: new Map(), changed: 0, keys: 0, codes: new Map() };
    const scene: Scene = { test, records, earlier, context, tally };
    await damagedRecords(scene);
    await damagedFile(scene);
    await newerVersions(scene);
    await otherKeys(scene);

    return counted({
      damages: atLeast(tally.damages, full ? 10_000 : 120),
      "without the right error": exactly(sum([...tally.wrong.values()]), 0),
      "originals changed": exactly(tally.changed, 0),
      "keys made or changed": exactly(tally.keys, 0),
      "requests at the brokers": exactly(journal.entries({ after: mark }).length, 0),
      ...Object.fromEntries([...tally.codes].map(([code, count]) => [`times ${code}`, told(count)])),
      ...Object.fromEntries([...tally.wrong].slice(0, 8).map(([what, count]) => [what, told(count)])),
    });
  },
};

async function damagedRecords(scene: Scene): Promise<void> {
  const { test, tally, records, earlier } = scene;
  const { scale, random } = scene.context;
  const every = scale === "full" ? 1 : 97;
  const label = records.get(labelKey);
  const accounts = [...records].filter(([key]) => key !== labelKey);
  const [[key, record], [, other]] = accounts as [[RecordKey, StoredRecord], [RecordKey, StoredRecord]];
  if (label === undefined) throw new Error("the store has no label");

  // A program that has read the records before: what it remembers of them is no word on what they are now.
  const warm = openPlannedEngine(test.plan);
  await inside(test, async (below) => {
    const tried = async (
      place: RecordKey,
      original: StoredRecord,
      damaged: StoredRecord,
      expected: readonly string[],
      what: string,
    ): Promise<void> => {
      if (place !== labelKey) await readAll(scene, warm);
      await replace(below, place, original.revision, damaged);
      if (place !== labelKey) expectOne(scene, await readAll(scene, warm), expected, `${what}, read before`);
      await expectCode(scene, expected, what, place === labelKey ? "any" : "one");
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
    const corrupt: readonly (readonly [string, StoredRecord])[] = [
      ["header", { ...record, header: { ...header, state: "logged_out" } }],
      ["header", { ...record, header: { ...header, expiresAt: header.expiresAt + 86_400_000 } }],
      ["header", { ...record, header: { ...header, generation: header.generation + 1 } }],
      ["header", { ...record, header: { ...header, obtainedBy: "renewal" } }],
      ["revision", { ...record, revision: revision + 1 }],
      ["another account's bytes", { ...record, body: other.body }],
      ["another account's record", { ...other, revision }],
      ["another account's record with its revision", other],
      ["older bytes", { ...record, body: earlier.get(key)?.body ?? new Uint8Array() }],
    ];
    for (const [what, damaged] of corrupt) await tried(key, record, damaged, ["store_corrupt"], what);
    const newer = { ...record, body: flippedTo(record.body, 0, 2) };
    await tried(key, record, newer, ["store_version"], "envelope of version 2");
    await tried(labelKey, label, { ...label, body: newerLabel(label.body) }, ["store_version"], "label of version 2");
  });
  await warm.close();
}

/** The database file itself: what SQLite and we find. An account's session may be there as it was; it is never taken for absent. */
async function damagedFile(scene: Scene): Promise<void> {
  const { test, tally } = scene;
  const every = scene.context.scale === "full" ? 7 : 401;
  const path = join(test.plan.storeDirectory, "sessions.db");
  const original = fs.readFileSync(path);
  for (let at = 0; at < original.byteLength; at += every) {
    const damaged = flipped(original, at, at % 8);
    fs.writeFileSync(path, damaged);
    const expected = ["done", "store_corrupt", ...(at >= 60 && at < 64 ? ["store_version"] : [])];
    await expectCode(scene, expected, `byte ${at} of the file`, "any");
    for (const suffix of ["-wal", "-shm"]) fs.rmSync(path + suffix, { force: true });
  }
  for (const length of [0.1, 0.5, 0.9].map((share) => Math.floor(original.byteLength * share))) {
    fs.writeFileSync(path, original.subarray(0, length));
    await expectCode(scene, ["done", "store_corrupt"], `file cut to ${length} bytes`, "any");
    if (!fs.readFileSync(path).equals(original.subarray(0, length))) tally.changed += 1;
  }
  fs.writeFileSync(path, original);
}

async function newerVersions(scene: Scene): Promise<void> {
  const { test, tally, records } = scene;
  const path = join(test.plan.storeDirectory, "sessions.db");
  const original = fs.readFileSync(path);
  const database = new DatabaseSync(path);
  database.exec("PRAGMA user_version = 2");
  database.close();
  const newer = fs.readFileSync(path);
  await expectCode(scene, ["store_version"], "database of version 2", "all");
  if (!fs.readFileSync(path).equals(newer)) tally.changed += 1;
  fs.writeFileSync(path, original);

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
  await expectCode(scene, ["store_version"], "record of version 9", "all");
  await inside(test, async (below) => {
    for (const [key, record] of records) {
      const now = await below.read(key);
      if (now !== undefined) await replace(below, key, now.revision, record);
    }
  });
}

async function otherKeys(scene: Scene): Promise<void> {
  const { test, tally } = scene;
  const { keyPath, storeDirectory } = test.plan;
  const aside = `${keyPath}.aside`;
  const before = snapshot(test);

  fs.renameSync(keyPath, aside);
  await expectCode(scene, ["store_key_missing"], "key file missing", "all");
  if (fs.existsSync(keyPath)) tally.keys += 1;
  fs.writeFileSync(keyPath, "", { mode: 0o600 });
  await expectCode(scene, ["store_key_missing"], "key file empty", "all");
  fs.writeFileSync(keyPath, `${randomBytes(32).toString("base64")}\n`);
  fs.chmodSync(keyPath, 0o600);
  const wrong = fs.readFileSync(keyPath, "utf8");
  await expectCode(scene, ["store_key_wrong"], "key file with another key", "all");
  if (fs.readFileSync(keyPath, "utf8") !== wrong) tally.keys += 1;
  fs.writeFileSync(keyPath, "no key at all\n");
  await expectCode(scene, ["store_key_wrong"], "key file with something else", "all");
  fs.rmSync(keyPath);
  fs.mkdirSync(keyPath, { mode: 0o700 });
  await expectCode(scene, ["store_key_locked"], "key file that is a directory", "all");
  fs.rmSync(keyPath, { recursive: true });
  fs.copyFileSync(aside, keyPath);
  fs.chmodSync(keyPath, 0o644);
  await expectCode(scene, ["store_key_locked"], "key file that others can read", "all");
  fs.rmSync(keyPath);

  const under = (key: KeySource) => () => encrypted(sqliteStore({ directory: storeDirectory }), key);
  const another = { KEY: randomBytes(32).toString("base64") };
  const others: [string, string, KeySource][] = [
    ["store_key_missing", "variable not set", environmentKey("KEY", {})],
    ["store_key_wrong", "variable with another key", environmentKey("KEY", another)],
  ];
  // Each of the four accounts' tries costs half a second of scrypt.
  if (scene.context.scale === "full")
    others.push(["store_key_wrong", "passphrase in place of the key", passphrase("correct horse battery staple")]);
  for (const [code, what, key] of others) await expectCode(scene, [code], what, "all", under(key));

  fs.renameSync(aside, keyPath);
  fs.chmodSync(keyPath, 0o600);
  if (fs.readdirSync(dirname(keyPath)).join() !== basename(keyPath)) tally.keys += 1;
  if (snapshot(test) !== before) tally.changed += 1;
  await expectCode(scene, ["done"], "the right key again", "all");
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
  return `${fs.statSync(path).size} ${createHash("sha256").update(fs.readFileSync(path)).digest("hex")}`;
}
