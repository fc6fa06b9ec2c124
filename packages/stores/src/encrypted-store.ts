import { BrokerAuthError, type RecordHeader, type RecordKey, type StoredRecord, type TokenStore } from "@x/core";
import { envelopeVersion, open, readHead, seal } from "./envelope.ts";
import type { KeySource } from "./store-key.ts";
import { labelKey, openLabel, type StoreLabel } from "./store-label.ts";

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

  return {
    async read(key) {
      const { name: nameOf, ...known } = await label();
      const sealedKey = nameOf(key);
      const stored = await store.read(sealedKey);
      return stored === undefined ? undefined : { ...stored, body: openBody(known, sealedKey, stored) };
    },
    async swap(key, expected, next) {
      const { name: nameOf, storeId, keys } = await label();
      const sealedKey = nameOf(key);
      const [newest] = keys;
      if (newest === undefined)
        throw new BrokerAuthError("store_key_missing", "there is no key for the encrypted store");
      return store.swap(sealedKey, expected, {
        ...next,
        body: seal(next.body, newest, bound(storeId, sealedKey, next)),
      });
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

function openBody({ storeId, keys }: Omit<StoreLabel, "name">, sealedKey: RecordKey, stored: StoredRecord): Uint8Array {
  const head = readHead(stored.body);
  if (head === undefined) throw corrupt();
  if (head.version > envelopeVersion) {
    throw new BrokerAuthError(
      "store_version",
      `the sealed record has version ${head.version}, this program knows ${envelopeVersion}`,
    );
  }
  const key = keys.find(({ id }) => id === head.keyId);
  if (key === undefined) {
    if (!/^[0-9a-f]{16}$/.test(head.keyId)) throw corrupt();
    throw new BrokerAuthError("store_key_wrong", "the record was sealed with a key that is not at hand");
  }
  const body = open(stored.body, key, bound(storeId, sealedKey, stored));
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
