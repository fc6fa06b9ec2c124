import { createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { BrokerAuthError, type RecordKey, type StoredRecord, type TokenStore } from "@x/core";
import { envelopeVersion, open, readHead, seal } from "./envelope.ts";
import type { KeySource, StoreKey } from "./store-key.ts";

/** The record that holds the label. No HMAC is ever all zeros. */
export const labelKey: RecordKey = "0".repeat(64);

const labelHeader = { state: "logged_out", expiresAt: 0, generation: 0, obtainedBy: "none" } as const;
const swapTries = 20;
// A person may have to type a passphrase or unlock a keychain meanwhile.
const lockWaitMs = 120_000;

/** An encrypted store's own identity: what every envelope is bound to, and the key that record names are made with. */
export interface StoreLabel {
  readonly storeId: string;
  readonly keys: readonly StoreKey[];
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
  const body: LabelBody = { version: 1, storeId, salt: salt.toString("base64"), indexKeys };
  return (await store.swap(labelKey, 0, labelRecord(1, body))) ? label(storeId, keys, indexKey) : undefined;
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
  if (known.id !== newest.id && !Object.hasOwn(body.indexKeys, newest.id)) {
    // The first use of a newer key: from now on either opens the store.
    const indexKeys = { ...body.indexKeys, [newest.id]: sealIndexKey(indexKey, newest, body.storeId) };
    if (!(await store.swap(labelKey, stored.revision, labelRecord(stored.revision + 1, { ...body, indexKeys }))))
      return undefined;
  }
  return label(body.storeId, keys, indexKey);
}

function label(storeId: string, keys: readonly StoreKey[], indexKey: Uint8Array): StoreLabel {
  const index: KeyObject = createSecretKey(indexKey);
  return { storeId, keys, name: (key) => createHmac("sha256", index).update(key).digest("hex") };
}

function labelRecord(revision: number, body: LabelBody): StoredRecord {
  return { revision, header: labelHeader, body: Buffer.from(JSON.stringify(body)) };
}

function sealIndexKey(indexKey: Uint8Array, key: StoreKey, storeId: string): string {
  return Buffer.from(seal(indexKey, key, bound(storeId))).toString("base64");
}

function bound(storeId: string): readonly (string | number)[] {
  return ["broker-auth/index-key", storeId];
}

function parseLabel(bytes: Uint8Array): LabelBody {
  let body: Partial<LabelBody>;
  try {
    body = JSON.parse(Buffer.from(bytes).toString("utf8")) as Partial<LabelBody>;
  } catch {
    throw corrupt();
  }
  const { version, storeId, salt, indexKeys } = body;
  if (typeof version === "number" && version > 1) {
    throw new BrokerAuthError("store_version", `the encrypted store has version ${version}, this program knows 1`);
  }
  const sealed = Object.values(indexKeys ?? {});
  if (version !== 1 || typeof storeId !== "string" || typeof salt !== "string" || sealed.length === 0) throw corrupt();
  for (const value of sealed) {
    const head = typeof value === "string" ? readHead(Buffer.from(value, "base64")) : undefined;
    if (head === undefined || head.version > envelopeVersion) throw corrupt();
  }
  return { version, storeId, salt, indexKeys: indexKeys ?? {} };
}

function missing(): BrokerAuthError {
  return new BrokerAuthError("store_key_missing", "there is no key for the encrypted store");
}

function corrupt(): BrokerAuthError {
  return new BrokerAuthError("store_corrupt", "the label of the encrypted store is damaged; it was left as it is");
}
