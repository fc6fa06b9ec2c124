// A reader of the stored form, written from docs/session-format.md alone, as a program in another language would be. It imports nothing of this
// repository, reads only, and is there to be copied.
import { createDecipheriv, createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface Address {
  readonly broker: string;
  readonly environment: string;
  readonly identity: string;
  readonly site: string;
}

interface Row {
  readonly key: string;
  readonly revision: number;
  readonly state: string;
  readonly expires_at: number;
  readonly generation: number;
  readonly obtained_by: string;
  readonly body: Uint8Array;
}

type Fields = Readonly<Record<string, unknown>>;

const labelName = "0".repeat(64);

/** The body of an account's record; undefined where nobody has logged in yet. Without keys the store is not encrypted. */
export function readBody(directory: string, address: Address, keys: readonly Uint8Array[] = []): Fields | undefined {
  const database = openRecords(directory);
  try {
    const name = recordName(address);
    if (keys.length === 0) return parseBody(selectRow(database, name)?.body, address);
    const label = openLabel(selectRow(database, labelName), keys);
    const sealedName = createHmac("sha256", label.indexKey).update(name, "ascii").digest("hex");
    const row = selectRow(database, sealedName);
    if (row === undefined) return undefined;
    const { revision, state, expires_at, generation, obtained_by } = row;
    const bound = [
      "broker-auth/record",
      label.storeId,
      sealedName,
      revision,
      state,
      expires_at,
      generation,
      obtained_by,
    ];
    return parseBody(openEnvelope(row.body, keys, bound), address);
  } finally {
    database.close();
  }
}

/** The headers of every record, which need no key. */
export function readHeaders(directory: string): readonly Omit<Row, "body">[] {
  const database = openRecords(directory);
  try {
    const rows = database
      .prepare("SELECT key, revision, state, expires_at, generation, obtained_by FROM records")
      .all();
    return rows.filter(({ key }) => key !== labelName) as unknown as Omit<Row, "body">[];
  } finally {
    database.close();
  }
}

/** The keys of a key file, newest first. */
export function readKeyFile(path: string): readonly Uint8Array[] {
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => Buffer.from(line, "base64"));
}

export function recordName({ broker, environment, identity, site }: Address): string {
  return sha256(JSON.stringify(["broker-auth/1", broker, environment, identity, site]));
}

function openRecords(directory: string): DatabaseSync {
  const database = new DatabaseSync(join(directory, "sessions.db"), { readOnly: true });
  const number = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  if (number("application_id") === 1_650_554_228 && number("user_version") === 1) return database;
  database.close();
  throw new Error("not a store, or of another version");
}

function selectRow(database: DatabaseSync, name: string): Row | undefined {
  return database.prepare("SELECT * FROM records WHERE key = ?").get(name) as Row | undefined;
}

function openLabel(
  row: Row | undefined,
  keys: readonly Uint8Array[],
): { readonly storeId: string; readonly indexKey: Uint8Array } {
  const [line = "", sum] = new TextDecoder().decode(row?.body).split("\n");
  if (sum !== sha256(line)) throw new Error("no label, or a damaged one");
  const { version, storeId, indexKeys } = JSON.parse(line) as {
    readonly version: number;
    readonly storeId: string;
    readonly indexKeys: Readonly<Record<string, string>>;
  };
  if (version !== 1) throw new Error("a label of another version");
  const id = keys.map(keyId).find((one) => Object.hasOwn(indexKeys, one));
  if (id === undefined) throw new Error("none of these keys opens the store");
  const sealed = Buffer.from(indexKeys[id] ?? "", "base64");
  return { storeId, indexKey: openEnvelope(sealed, keys, ["broker-auth/index-key", storeId]) };
}

function openEnvelope(
  envelope: Uint8Array,
  keys: readonly Uint8Array[],
  bound: readonly (string | number)[],
): Uint8Array {
  const [version, length = 0] = envelope;
  if (version !== 1) throw new Error("an envelope of another version");
  const head = envelope.subarray(0, 2 + length);
  const id = new TextDecoder("ascii").decode(head.subarray(2));
  const key = keys.find((one) => keyId(one) === id);
  if (key === undefined) throw new Error("sealed with a key that is not at hand");
  const nonce = envelope.subarray(2 + length, 14 + length);
  const tag = envelope.subarray(14 + length, 30 + length);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 })
    .setAAD(Buffer.concat([head, Buffer.from(JSON.stringify(bound))]))
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(envelope.subarray(30 + length)), decipher.final()]);
}

function parseBody(bytes: Uint8Array | undefined, address: Address): Fields | undefined {
  if (bytes === undefined) return undefined;
  const body = JSON.parse(new TextDecoder().decode(bytes)) as Fields;
  if (body["version"] !== 2) throw new Error("a record of another version");
  const foreign = Object.entries(address).some(([part, value]) => body[part] !== value);
  if (foreign) throw new Error("another account's record");
  return body;
}

function keyId(key: Uint8Array): string {
  return createHash("sha256").update("broker-auth/key-id/1").update(key).digest("hex").slice(0, 16);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
