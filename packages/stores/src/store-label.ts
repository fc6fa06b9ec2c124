import { createHash, createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { BrokerAuthError, type RecordKey, type StoredRecord, type TokenStore } from "@x/core";
import { open, seal } from "./envelope.ts";
import { askForKeys, type KeySource, placeOfKey, type StoreKey } from "./store-key.ts";

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

/** What the label's record holds. */
export interface LabelBody {
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
  throw new BrokerAuthError("store_busy", `the label of ${placeOf(store)} was written by other processes all the time`);
}

/** The label as it is stored: which store it is, and every key that has ever sealed in it. Asks for no key. */
export async function readLabelBody(store: TokenStore): Promise<LabelBody | undefined> {
  const stored = await store.read(labelKey);
  return stored === undefined ? undefined : parseLabel(stored.body, store);
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
  // A fresh key here would make what is there unreadable for ever.
  for await (const key of store.keys()) throw unlabelled(store, await store.read(key));
  const salt = randomBytes(16);
  const keys = await askForKeys(source, salt, "create");
  const [newest] = keys;
  if (newest === undefined) throw missing(store, source);
  const storeId = randomBytes(16).toString("hex");
  const indexKey = randomBytes(32);
  const indexKeys = { [newest.id]: sealIndexKey(indexKey, newest, storeId) };
  const body: LabelBody = { version: labelVersion, storeId, salt: salt.toString("base64"), indexKeys };
  return (await store.swap(labelKey, 0, labelRecord(1, body))) ? label(body, keys, newest, indexKey) : undefined;
}

async function readLabel(store: TokenStore, stored: StoredRecord, source: KeySource): Promise<StoreLabel | undefined> {
  const body = parseLabel(stored.body, store);
  const keys = await askForKeys(source, Buffer.from(body.salt, "base64"));
  const [newest] = keys;
  if (newest === undefined) throw missing(store, source);
  const known = keys.find(({ id }) => Object.hasOwn(body.indexKeys, id));
  if (known === undefined) throw wrongKey(store, source);
  const indexKey = open(Buffer.from(body.indexKeys[known.id] ?? "", "base64"), known, bound(body.storeId));
  if (indexKey === undefined) throw corrupt(store);
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
  const names = new Map<RecordKey, RecordKey>();
  const name = (key: RecordKey): RecordKey => {
    let found = names.get(key);
    if (found === undefined) names.set(key, (found = createHmac("sha256", index).update(key).digest("hex")));
    return found;
  };
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

function parseLabel(bytes: Uint8Array, store: TokenStore): LabelBody {
  const [text = "", sum, ...more] = Buffer.from(bytes).toString("utf8").split("\n");
  if (sum !== sumOf(text) || more.length > 0) throw corrupt(store);
  const { version, storeId, salt, indexKeys } = parsed(text, store);
  if (typeof version === "number" && version > labelVersion) {
    throw new BrokerAuthError(
      "store_version",
      `the encryption of ${placeOf(store)} has version ${version}, this program knows ${labelVersion}`,
    );
  }
  const sealed = Object.values(indexKeys ?? {});
  if (version !== labelVersion || typeof storeId !== "string" || typeof salt !== "string" || sealed.length === 0)
    throw corrupt(store);
  return { version, storeId, salt, indexKeys: indexKeys ?? {} };
}

function parsed(text: string, store: TokenStore): Partial<LabelBody> {
  try {
    return (JSON.parse(text) as Partial<LabelBody> | null) ?? {};
  } catch {
    throw corrupt(store);
  }
}

/** The store, in a message. */
export function placeOf({ place = "the store" }: TokenStore): string {
  return place;
}

function missing(store: TokenStore, source: KeySource): BrokerAuthError {
  const place = placeOfKey(source);
  return new BrokerAuthError("store_key_missing", `${placeOf(store)} is encrypted, and there is no key in ${place}`, {
    action: `Bring the key that the store was written with to ${place}, or name the place where it is. To begin anew without it, stop all programs, move ${placeOf(store)} away, and log in once.`,
  });
}

/** None of the keys at hand is the one that it takes. */
export function wrongKey(store: TokenStore, source: KeySource): BrokerAuthError {
  return new BrokerAuthError(
    "store_key_wrong",
    `${placeOf(store)} was written with another key than that in ${placeOfKey(source)}`,
  );
}

// The engine's records in clear are JSON objects; an envelope never begins like one.
function unlabelled(store: TokenStore, first: StoredRecord | undefined): BrokerAuthError {
  if (first?.body[0] === 0x7b) {
    return new BrokerAuthError(
      "configuration",
      `plaintext: ${placeOf(store)} holds sessions that are not encrypted, and was opened with encrypted()`,
      {
        field: "plaintext",
        action:
          'Write sqliteStore({ plaintext: "i-understand" }) without encrypted() to go on with them. To encrypt from now on, stop all programs, move the store away, and log in once.',
      },
    );
  }
  return new BrokerAuthError(
    "store_corrupt",
    `${placeOf(store)} holds records but no label: they were not written by encrypted()`,
    { action: "Use an empty store, or restore the label's record from a backup." },
  );
}

function corrupt(store: TokenStore): BrokerAuthError {
  return new BrokerAuthError("store_corrupt", `the label of ${placeOf(store)} is damaged; it was left as it is`);
}
