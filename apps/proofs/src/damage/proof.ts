import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { RecordKey, StoredRecord, TokenStore } from "@x/core";
import { encrypted, type KeySource } from "@x/stores/encrypted";
import { environmentKey } from "@x/stores/key-file";
import { passphrase } from "@x/stores/passphrase";
import { sqliteStore } from "@x/stores/sqlite";
import { openPlannedEngine, openPlannedStore, openTestEnvironment, type TestEnvironment } from "@x/test-environment";
import { counted, exactly, faults, type Proof, told, total } from "../harness/proof.ts";
import { rewriteRecords } from "../harness/rewritten-records.ts";
import { expectCode, expectOne, inside, readAll, recordsIn, replace, type Scene } from "./damaged-store.ts";

/** Name of the record that tells how a store is encrypted. */
const labelKey = "0".repeat(64);

export const proof: Proof = {
  promises: ["P9"],
  bar: "every byte flipped, every truncation, exchanged records, newer versions, wrong, missing and locked keys: the right error each time, the original kept, no new key, nothing sent to a broker",
  async run(context) {
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

    const found = {
      damages: total("damages", { atLeast: context.scale === "full" ? 10_000 : 120 }),
      wrong: faults("without the right error"),
      changed: total("originals changed", { exactly: 0 }),
      keys: total("keys made or changed", { exactly: 0 }),
    };
    const codes = new Map<string, number>();
    const scene: Scene = { test, records: await recordsIn(test), earlier, context, found, codes };
    await damagedRecords(scene);
    await damagedFile(scene);
    await newerVersions(scene);
    await otherKeys(scene);
    return counted(found, {
      "requests at the brokers": exactly(journal.count({ after: mark }), 0),
      ...Object.fromEntries([...codes].map(([code, count]) => [`times ${code}`, told(count)])),
    });
  },
};

type Entry = [RecordKey, StoredRecord];

async function damagedRecords(scene: Scene): Promise<void> {
  const { test, found, records, earlier } = scene;
  const { scale, random } = scene.context;
  const every = scale === "full" ? 1 : 97;
  const label = records.get(labelKey)!;
  const [[key, record], [, other]] = [...records].filter(([place]) => place !== labelKey) as [Entry, Entry];

  // A program that has read the records before: what it remembers of them is no word on what they are now.
  await using warm = openPlannedEngine(test.plan);
  await inside(test, async (below) => {
    const tried = async (place: RecordKey, damaged: StoredRecord, expected: string, what: string): Promise<void> => {
      const original = records.get(place)!;
      if (place !== labelKey) await readAll(scene, warm);
      await replace(below, place, original.revision, damaged);
      if (place !== labelKey) expectOne(scene, await readAll(scene, warm), expected, `${what}, read before`);
      await expectCode(scene, expected, what, place === labelKey ? "all" : "one");
      const kept = await below.read(place);
      found.changed.add(kept === undefined || whole(kept) !== whole(damaged));
      await replace(below, place, damaged.revision, original);
    };
    for (const [place, original] of records) {
      const name = place === labelKey ? "label" : "record";
      const { body } = original;
      for (let at = Math.floor(random() * every); at < body.byteLength; at += every) {
        const bit = Math.floor(random() * 8);
        const changed = flipped(body, at, bit);
        // The version stands in front of everything: a larger one says that a newer program was here.
        const newer = name === "record" && at === 0 && (changed[0] ?? 0) > 1;
        const code = newer ? "store_version" : "store_corrupt";
        await tried(place, { ...original, body: changed }, code, `${name}, bit ${bit} of byte ${at}`);
        await tried(place, { ...original, body: body.slice(0, at) }, "store_corrupt", `${name} cut to ${at} bytes`);
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
    for (const [what, damaged] of corrupt) await tried(key, damaged, "store_corrupt", what);
    await tried(key, { ...record, body: withByte(record.body, 0, 2) }, "store_version", "envelope of version 2");
    await tried(labelKey, { ...label, body: newerLabel(label.body) }, "store_version", "label of version 2");
  });
}

/** The database file itself: what SQLite and we find. An account's session may be there as it was; it is never taken for absent. */
async function damagedFile(scene: Scene): Promise<void> {
  const every = scene.context.scale === "full" ? 7 : 401;
  const path = databaseOf(scene.test);
  const original = fs.readFileSync(path);
  for (let at = 0; at < original.byteLength; at += every) {
    fs.writeFileSync(path, flipped(original, at, at % 8));
    const expected = ["done", "store_corrupt", ...(at >= 60 && at < 64 ? ["store_version"] : [])];
    await expectCode(scene, expected, `byte ${at} of the file`, "all");
    for (const suffix of ["-wal", "-shm"]) fs.rmSync(path + suffix, { force: true });
  }
  for (const share of [0.1, 0.5, 0.9]) {
    const cut = original.subarray(0, Math.floor(original.byteLength * share));
    fs.writeFileSync(path, cut);
    await expectCode(scene, ["done", "store_corrupt"], `file cut to ${cut.byteLength} bytes`, "all");
    scene.found.changed.add(!fs.readFileSync(path).equals(cut));
  }
  fs.writeFileSync(path, original);
}

async function newerVersions(scene: Scene): Promise<void> {
  const { test, found, records } = scene;
  const path = databaseOf(test);
  const original = fs.readFileSync(path);
  const database = new DatabaseSync(path);
  database.exec("PRAGMA user_version = 2");
  database.close();
  const newer = fs.readFileSync(path);
  await expectCode(scene, "store_version", "database of version 2", "all");
  found.changed.add(!fs.readFileSync(path).equals(newer));
  fs.writeFileSync(path, original);

  // What a newer engine would have put into a record, sealed with the right key.
  const store = openPlannedStore(test.plan);
  const keys = new Set<RecordKey>();
  const spied: TokenStore = { ...store, read: (key) => (keys.add(key), store.read(key)) };
  const auth = openPlannedEngine(test.plan, { store: spied });
  await auth.loginAll();
  await rewriteRecords(store, (text) => JSON.stringify({ ...(JSON.parse(text) as object), version: 9 }), keys);
  await auth.close();
  await expectCode(scene, "store_version", "record of version 9", "all");
  await inside(test, async (below) => {
    for (const [key, record] of records) {
      const now = await below.read(key);
      if (now !== undefined) await replace(below, key, now.revision, record);
    }
  });
}

async function otherKeys(scene: Scene): Promise<void> {
  const { test, found } = scene;
  const { keyPath, storeDirectory } = test.plan;
  const aside = `${keyPath}.aside`;
  const before = fs.readFileSync(databaseOf(test));
  const put = (text: string): void => {
    fs.rmSync(keyPath, { recursive: true, force: true });
    fs.writeFileSync(keyPath, text, { mode: 0o600 });
  };
  const bytes = (): string | undefined =>
    fs.statSync(keyPath, { throwIfNoEntry: false })?.isFile() ? fs.readFileSync(keyPath, "utf8") : undefined;
  const files: readonly (readonly [code: string, what: string, make: () => void])[] = [
    ["store_key_missing", "missing", () => fs.renameSync(keyPath, aside)],
    ["store_key_missing", "empty", () => put("")],
    ["store_key_wrong", "with another key", () => put(`${randomBytes(32).toString("base64")}\n`)],
    ["store_key_wrong", "with something else", () => put("no key at all\n")],
    ["store_key_locked", "that is a directory", () => (fs.rmSync(keyPath), fs.mkdirSync(keyPath, { mode: 0o700 }))],
    ["store_key_locked", "others can read", () => (put(fs.readFileSync(aside, "utf8")), fs.chmodSync(keyPath, 0o644))],
  ];
  for (const [code, what, make] of files) {
    make();
    const made = bytes();
    await expectCode(scene, code, `key file ${what}`, "all");
    found.keys.add(bytes() !== made);
  }
  fs.rmSync(keyPath);

  const another = { KEY: randomBytes(32).toString("base64") };
  const others: (readonly [string, string, KeySource])[] = [
    ["store_key_missing", "variable not set", environmentKey("KEY", {})],
    ["store_key_wrong", "variable with another key", environmentKey("KEY", another)],
  ];
  // Each of the four accounts' tries costs half a second of scrypt.
  if (scene.context.scale === "full")
    others.push(["store_key_wrong", "passphrase in place of the key", passphrase("correct horse battery staple")]);
  for (const [code, what, key] of others)
    await expectCode(scene, code, what, "all", () => encrypted(sqliteStore({ directory: storeDirectory }), key));

  fs.renameSync(aside, keyPath);
  fs.chmodSync(keyPath, 0o600);
  found.keys.add(fs.readdirSync(dirname(keyPath)).join() !== basename(keyPath));
  found.changed.add(!fs.readFileSync(databaseOf(test)).equals(before));
  await expectCode(scene, "done", "the right key again", "all");
}

function whole({ revision, header, body }: StoredRecord): string {
  return JSON.stringify([revision, header, Buffer.from(body).toString("base64")]);
}

function flipped(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  return withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << bit));
}

function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  return Uint8Array.from(bytes).with(at, value);
}

function newerLabel(body: Uint8Array): Uint8Array {
  const [text = ""] = Buffer.from(body).toString().split("\n");
  const newer = JSON.stringify({ ...(JSON.parse(text) as object), version: 2 });
  return Buffer.from(`${newer}\n${createHash("sha256").update(newer).digest("hex")}`);
}

function databaseOf({ plan }: TestEnvironment<string>): string {
  return join(plan.storeDirectory, "sessions.db");
}
