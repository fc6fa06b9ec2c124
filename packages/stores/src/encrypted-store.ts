import { BrokerAuthError, type RecordHeader, type RecordKey, type StoredRecord, type TokenStore } from "@x/core";
import { envelopeVersion, open, readHead, seal } from "./envelope.ts";
import { withOwnErrors } from "./foreign-failure.ts";
import { OpenedBodies } from "./opened-bodies.ts";
import { isKeySource, type KeySource } from "./store-key.ts";
import { labelKey, openLabel, placeOf, readLabelBody, type StoreLabel, wrongKey } from "./store-label.ts";

const openingLimitMs = 5_000;

/**
 * Seals what a store keeps: bodies with AES-256-GCM, record names as HMACs. Headers (state, expiry, generation) stay readable without the key and
 * are authenticated with the body, so an altered one does not open. The key is asked for at the first use, and made only while the store is
 * empty.
 * @throws BrokerAuthError `configuration` without a key source. The methods of the store name its place and the key's in what is wrong with them.
 */
export function encrypted(below: TokenStore, source: KeySource): TokenStore {
  if (!isKeySource(source)) throw keyless();
  const store = withOwnErrors(below);
  // The engine sets no limit while a person may be asked for the key.
  const beforeKey = withOwnErrors(below, openingLimitMs);
  let opening: Promise<StoreLabel> | undefined;
  let known: StoreLabel | undefined;
  const opened = new OpenedBodies();
  const label = (): Promise<StoreLabel> => {
    opening ??= openAnew().catch((error: unknown) => {
      // A locked keychain may be unlocked for the next call.
      opening = undefined;
      throw error;
    });
    return opening;
  };
  // Where the store was closed meanwhile, another one may stand in its place. If it is the same, nobody is asked for a passphrase again.
  async function openAnew(): Promise<StoreLabel> {
    if (known === undefined || (await readLabelBody(beforeKey))?.storeId !== known.storeId)
      known = await openLabel(beforeKey, source);
    return known;
  }
  const name = async (key: RecordKey): Promise<RecordKey> => (await label()).name(key);

  // Another process may have begun to seal with a newer key since this one was given its own.
  async function labelWith(keyId: string): Promise<StoreLabel> {
    const ours = await label();
    if (ours.keys.some(({ id }) => id === keyId)) return ours;
    if (source.interactive) return { ...ours, keyIds: Object.keys((await readLabelBody(store))?.indexKeys ?? {}) };
    known = await openLabel(beforeKey, source);
    opening = Promise.resolve(known);
    return known;
  }

  function openBody(
    { keys, keyIds, storeId }: StoreLabel,
    keyId: string,
    sealedKey: RecordKey,
    stored: StoredRecord,
  ): Uint8Array {
    const key = keys.find(({ id }) => id === keyId);
    // The label lists every key that ever sealed here: another name was not written by us.
    if (key === undefined) throw keyIds.includes(keyId) ? wrongKey(store, source) : corrupt(store);
    const body = open(stored.body, key, bound(storeId, sealedKey, stored));
    if (body === undefined) throw corrupt(store);
    return body;
  }

  // Where the label is gone, so is everything else: a record written now would be one that nobody can open.
  async function requireLabel(): Promise<void> {
    if ((await store.read(labelKey)) === undefined) throw emptied(store);
  }

  return {
    place: store.place,
    async ready() {
      await store.ready?.();
      await label();
    },
    scope: store.scope,
    async read(key) {
      const sealedKey = await name(key);
      const stored = await store.read(sealedKey);
      if (stored === undefined) {
        await requireLabel();
        return undefined;
      }
      const before = opened.find(sealedKey, stored);
      if (before !== undefined) return { ...stored, body: before };
      const { keyId } = checkedHead(stored, store);
      const body = openBody(await labelWith(keyId), keyId, sealedKey, stored);
      opened.keep(sealedKey, stored, body);
      return { ...stored, body };
    },
    ...(store.readHeader === undefined ? {} : { readHeader: async (key) => store.readHeader?.(await name(key)) }),
    async swap(key, expected, next) {
      const { name: nameOf, storeId, newest } = await label();
      const sealedKey = nameOf(key);
      if (expected === 0) await requireLabel();
      const body = seal(next.body, newest, bound(storeId, sealedKey, next));
      try {
        return await store.swap(sealedKey, expected, { ...next, body, sealed: true });
      } finally {
        opened.forget(sealedKey);
      }
    },
    lock: async (key, options) => store.lock(await name(key), options),
    async *keys() {
      // No label: nothing was sealed here yet.
      if ((await store.read(labelKey)) === undefined) return;
      for await (const key of store.keys()) if (key !== labelKey) yield key;
    },
    async purge(key) {
      const sealedKey = await name(key);
      try {
        await store.purge(sealedKey);
      } finally {
        opened.forget(sealedKey);
      }
    },
    async close() {
      opening = undefined;
      opened.clear();
      await store.close();
    },
  };
}

function checkedHead({ body }: StoredRecord, store: TokenStore): { readonly keyId: string } {
  const head = readHead(body);
  if (head === undefined) throw corrupt(store);
  if (head.version > envelopeVersion) {
    throw new BrokerAuthError(
      "store_version",
      `a sealed record in ${placeOf(store)} has version ${head.version}, this program knows ${envelopeVersion}`,
    );
  }
  return head;
}

function bound(
  storeId: string,
  key: RecordKey,
  { revision, header }: { revision: number; header: RecordHeader },
): readonly (string | number)[] {
  return [
    "broker-auth/record",
    storeId,
    key,
    revision,
    header.state,
    header.expiresAt,
    header.generation,
    header.obtainedBy,
  ];
}

function keyless(): BrokerAuthError {
  return new BrokerAuthError("configuration", "key: encrypted() was given no key source", {
    field: "key",
    action: 'Write encrypted(store, keyFile("/absolute/path")), or another source of keys from @x/stores.',
  });
}

function emptied(store: TokenStore): BrokerAuthError {
  return new BrokerAuthError(
    "store_corrupt",
    `the label of ${placeOf(store)} is gone while this program runs: the store was evicted, flushed or replaced; nothing was written`,
    { action: "See why the store lost its records, then restart every program that uses it." },
  );
}

function corrupt(store: TokenStore): BrokerAuthError {
  return new BrokerAuthError(
    "store_corrupt",
    `a sealed record in ${placeOf(store)} was altered or belongs elsewhere; it was left as it is`,
  );
}
