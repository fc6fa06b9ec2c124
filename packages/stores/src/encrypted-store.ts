import { BrokerAuthError, type RecordHeader, type RecordKey, type StoredRecord, type TokenStore } from "@x/core";
import { envelopeVersion, open, readHead, seal } from "./envelope.ts";
import type { KeySource } from "./store-key.ts";
import { labelKey, openLabel, readKeyIds, type StoreLabel } from "./store-label.ts";

/**
 * Seals what a store keeps: bodies with AES-256-GCM, record names as HMACs. Headers (state, expiry, generation) stay readable without the key and
 * are authenticated with the body, so an altered one does not open. The key is asked for at the first use, and made only while the store is
 * empty.
 */
export function encrypted(store: TokenStore, source: KeySource): TokenStore {
  let opening: Promise<StoreLabel> | undefined;
  const label = (): Promise<StoreLabel> => {
    opening ??= openLabel(store, source).catch((error: unknown) => {
      // A locked keychain may be unlocked for the next call.
      opening = undefined;
      throw error;
    });
    return opening;
  };
  const name = async (key: RecordKey): Promise<RecordKey> => (await label()).name(key);

  // Another process may have begun to seal with a newer key since this one was given its own.
  async function labelWith(keyId: string): Promise<StoreLabel> {
    const known = await label();
    if (known.keys.some(({ id }) => id === keyId)) return known;
    if (source.interactive) return { ...known, keyIds: await readKeyIds(store) };
    const fresh = await openLabel(store, source);
    opening = Promise.resolve(fresh);
    return fresh;
  }

  return {
    async read(key) {
      const sealedKey = await name(key);
      const stored = await store.read(sealedKey);
      if (stored === undefined) return undefined;
      const { keyId } = checkedHead(stored);
      return { ...stored, body: openBody(await labelWith(keyId), keyId, sealedKey, stored) };
    },
    async swap(key, expected, next) {
      const { name: nameOf, storeId, newest } = await label();
      const sealedKey = nameOf(key);
      const body = seal(next.body, newest, bound(storeId, sealedKey, next));
      return store.swap(sealedKey, expected, { ...next, body, sealed: true });
    },
    lock: async (key, options) => store.lock(await name(key), options),
    async *keys() {
      for await (const key of store.keys()) if (key !== labelKey) yield key;
    },
    purge: async (key) => store.purge(await name(key)),
    ...(store.watch === undefined ? {} : { watch: watchBy(store.watch.bind(store), name) }),
    close: () => store.close(),
  };
}

function checkedHead({ body }: StoredRecord): { readonly keyId: string } {
  const head = readHead(body);
  if (head === undefined) throw corrupt();
  if (head.version > envelopeVersion) {
    throw new BrokerAuthError(
      "store_version",
      `the sealed record has version ${head.version}, this program knows ${envelopeVersion}`,
    );
  }
  return head;
}

function openBody(known: StoreLabel, keyId: string, sealedKey: RecordKey, stored: StoredRecord): Uint8Array {
  const key = known.keys.find(({ id }) => id === keyId);
  if (key === undefined) {
    // The label lists every key that ever sealed here: another name was not written by us.
    if (!known.keyIds.includes(keyId)) throw corrupt();
    throw new BrokerAuthError("store_key_wrong", "the record was sealed with a key that is not at hand");
  }
  const body = open(stored.body, key, bound(known.storeId, sealedKey, stored));
  if (body === undefined) throw corrupt();
  return body;
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

// The name needs the key, which may have to be waited for; a watch that was ended before that never begins.
function watchBy(
  watch: NonNullable<TokenStore["watch"]>,
  name: (key: RecordKey) => Promise<RecordKey>,
): NonNullable<TokenStore["watch"]> {
  return (key, changed) => {
    let ended = false;
    let stop: (() => void) | undefined;
    const begin = async (): Promise<void> => {
      const sealedKey = await name(key);
      if (!ended) stop = watch(sealedKey, changed);
    };
    // Whoever reads the store is told what is wrong with the key.
    begin().catch(() => undefined);
    return () => {
      ended = true;
      stop?.();
    };
  };
}

function corrupt(): BrokerAuthError {
  return new BrokerAuthError(
    "store_corrupt",
    "the sealed record was altered or belongs elsewhere; it was left as it is",
  );
}
