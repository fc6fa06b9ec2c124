import { createHash, createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { BrokerAuthError, type RecordKey, type StoredRecord, type TokenStore } from "@x/core";
import { open, seal } from "./envelope.ts";
import type { KeySource, StoreKey } from "./store-key.ts";

/** The record that holds the label. No HMAC is ever all zeros. */
export const labelKey: RecordKey = "0".repeat(64);

const labelHeader = { state: "logged_out", expiresAt: 0, generation: 0, obtainedBy: "none" } as const;
const labelVersion = 1;
const swapTries = 20;
// A person may have to type a passphrase or unlock a keychain meanwhile.
const lockWaitMs = 120_000;

/** An encrypted store's own identity: what every envelope is bound to, and the key that record names are made with. */
export interface StoreLabel {
  readonly storeId: string;
  /** Those at hand, newest first. */
  readonly keys: readonly StoreKey[];
  /** The one that seals. */
  readonly newest: StoreKey;
  /** Every key that has ever sealed in this store, at hand or not. */
  readonly keyIds: readonly string[];
  /** The opaque name under which an account's record is kept. */
  readonly name: (key: RecordKey) => RecordKey;
}

interface LabelBody {
  readonly version: number;
  readonly storeId: string;
  /** Base64. For key sources that derive their key. */
  readonly salt: string;
  /** The index key, sealed under each key by its id. Rotation adds an entry and never changes the index key. */
  readonly indexKeys: Readonly<Record<string, string>>;
}

/**
 * Reads the store's label, or writes it into an empty store.
 * @throws BrokerAuthError `store_key_missing`, `store_key_wrong`, `store_key_locked`, `store_corrupt`, `store_version`; nothing is written then
 */
export async function openLabel(store: TokenStore, source: KeySource): Promise<StoreLabel> {
  for (let tries = 0; tries < swapTries; tries++) {
    const stored = await store.read(labelKey);
    const found = stored === undefined ? await firstLabel(store, source) : await readLabel(store, stored, source);
    if (found !== undefined) return found;
  }
  throw new BrokerAuthError("store_busy", "the store's label was written by other processes all the time");
}

/** Every key that has ever sealed in this store. Asks for no key. */
export async function readKeyIds(store: TokenStore): Promise<readonly string[]> {
  const stored = await store.read(labelKey);
  return stored === undefined ? [] : Object.keys(parseLabel(stored.body).indexKeys);
}

// Two processes that begin together must not both make a key: the second one's would replace the first one's where keys are kept.
async function firstLabel(store: TokenStore, source: KeySource): Promise<StoreLabel | undefined> {
  const lock = await store.lock(labelKey, { waitMs: lockWaitMs });
  try {
    return (await store.read(labelKey)) === undefined ? await writeLabel(store, source) : undefined;
  } finally {
    await lock.release();
  }
}

async function writeLabel(store: TokenStore, source: KeySource): Promise<StoreLabel | undefined> {
  for await (const _ of store.keys()) {
    // A fresh key here would make what is there unreadable for ever.
    throw new BrokerAuthError(
      "store_corrupt",
      "the store holds records but no label: they were not written by encrypted()",
      {
        action: "Use an empty store, or restore the label's record from a backup.",
      },
    );
  }
  const salt = randomBytes(16);
  const found = await source.keys(salt);
  const keys = found.length > 0 || source.create === undefined ? found : [await source.create()];
  const [newest] = keys;
  if (newest === undefined) throw missing();
  const storeId = randomBytes(16).toString("hex");
  const indexKey = randomBytes(32);
  const indexKeys = { [newest.id]: sealIndexKey(indexKey, newest, storeId) };
  const body: LabelBody = { version: labelVersion, storeId, salt: salt.toString("base64"), indexKeys };
  return (await store.swap(labelKey, 0, labelRecord(1, body))) ? label(body, keys, newest, indexKey) : undefined;
}

async function readLabel(store: TokenStore, stored: StoredRecord, source: KeySource): Promise<StoreLabel | undefined> {
  const body = parseLabel(stored.body);
  const keys = await source.keys(Buffer.from(body.salt, "base64"));
  const [newest] = keys;
  if (newest === undefined) throw missing();
  const known = keys.find(({ id }) => Object.hasOwn(body.indexKeys, id));
  if (known === undefined) throw new BrokerAuthError("store_key_wrong", "the store was written with another key");
  const indexKey = open(Buffer.from(body.indexKeys[known.id] ?? "", "base64"), known, bound(body.storeId));
  if (indexKey === undefined) throw corrupt();
  if (Object.hasOwn(body.indexKeys, newest.id)) return label(body, keys, newest, indexKey);
  // The first use of a newer key: from now on either opens the store.
  const indexKeys = { ...body.indexKeys, [newest.id]: sealIndexKey(indexKey, newest, body.storeId) };
  const next = labelRecord(stored.revision + 1, { ...body, indexKeys });
  const swapped = await store.swap(labelKey, stored.revision, next);
  return swapped ? label({ ...body, indexKeys }, keys, newest, indexKey) : undefined;
}

function label(
  { storeId, indexKeys }: LabelBody,
  keys: readonly StoreKey[],
  newest: StoreKey,
  indexKey: Uint8Array,
): StoreLabel {
  const index: KeyObject = createSecretKey(indexKey);
  const name = (key: RecordKey): RecordKey => createHmac("sha256", index).update(key).digest("hex");
  return { storeId, keys, newest, keyIds: Object.keys(indexKeys), name };
}

// The label cannot be sealed itself, because it tells with which keys. Its only secrets, the index keys, are.
function labelRecord(revision: number, body: LabelBody): StoredRecord {
  const text = JSON.stringify(body);
  return { revision, header: labelHeader, body: Buffer.from(`${text}\n${sumOf(text)}`), sealed: true };
}

// Tells damage from a wrong key, before any key is asked for. It protects against nobody who writes on purpose.
function sumOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function sealIndexKey(indexKey: Uint8Array, key: StoreKey, storeId: string): string {
  return Buffer.from(seal(indexKey, key, bound(storeId))).toString("base64");
}

function bound(storeId: string): readonly (string | number)[] {
  return ["broker-auth/index-key", storeId];
}

function parseLabel(bytes: Uint8Array): LabelBody {
  const [text = "", sum, ...more] = Buffer.from(bytes).toString("utf8").split("\n");
  if (sum !== sumOf(text) || more.length > 0) throw corrupt();
  const { version, storeId, salt, indexKeys } = parsed(text);
  if (typeof version === "number" && version > labelVersion) {
    throw new BrokerAuthError(
      "store_version",
      `the encrypted store has version ${version}, this program knows ${labelVersion}`,
    );
  }
  const sealed = Object.values(indexKeys ?? {});
  if (version !== labelVersion || typeof storeId !== "string" || typeof salt !== "string" || sealed.length === 0)
    throw corrupt();
  return { version, storeId, salt, indexKeys: indexKeys ?? {} };
}

function parsed(text: string): Partial<LabelBody> {
  try {
    return (JSON.parse(text) as Partial<LabelBody> | null) ?? {};
  } catch {
    throw corrupt();
  }
}

function missing(): BrokerAuthError {
  return new BrokerAuthError("store_key_missing", "there is no key for the encrypted store");
}

function corrupt(): BrokerAuthError {
  return new BrokerAuthError("store_corrupt", "the label of the encrypted store is damaged; it was left as it is");
}
