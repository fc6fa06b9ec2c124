import { BrokerAuthError, type RecordHeader, type RecordKey, type StoredRecord, type TokenStore } from "@x/core";
import { closedMeanwhile } from "./closed-meanwhile.ts";
import { envelopeVersion, open, readHead, seal } from "./envelope.ts";
import { withOwnErrors } from "./foreign-failure.ts";
import { LockWaits } from "./lock-waits.ts";
import { OpenedBodies } from "./opened-bodies.ts";
import { isKeySource, type KeySource } from "./store-key.ts";
import { labelKey, openLabel, placeOf, readLabelBody, type StoreLabel, wrongKey } from "./store-label.ts";

const openingLimitMs = 5_000;

/** The time from a store's first use to its end. What began in it ends with it, and opens nothing anew: a directory may be gone by then. */
interface Spell {
  readonly store: TokenStore;
  /** The engine sets no limit while a person may be asked for the key. */
  readonly beforeKey: TokenStore;
  label: Promise<StoreLabel> | undefined;
  over: boolean;
}

/**
 * Seals what a store keeps: bodies with AES-256-GCM, record names as HMACs. Headers (state, expiry, generation) stay readable without the key and
 * are authenticated with the body, so an altered one does not open. The key is asked for at the first use, and made only while the store is
 * empty.
 * @throws BrokerAuthError `configuration` without a key source. The methods of the store name its place and the key's in what is wrong with them.
 */
export function encrypted(below: TokenStore, source: KeySource): TokenStore {
  if (!isKeySource(source)) throw keyless();
  let known: StoreLabel | undefined;
  let now = begun();
  const opened = new OpenedBodies();
  const waits = new LockWaits(below.place);
  function begun(): Spell {
    const requireOpen = (): void => {
      if (spell.over) throw closedMeanwhile(below.place);
    };
    const spell: Spell = {
      store: withOwnErrors(below, undefined, requireOpen),
      beforeKey: withOwnErrors(below, openingLimitMs, requireOpen),
      label: undefined,
      over: false,
    };
    return spell;
  }
  const labelIn = (spell: Spell): Promise<StoreLabel> => {
    spell.label ??= openAnew(spell).catch((error: unknown) => {
      // A locked keychain may be unlocked for the next call.
      spell.label = undefined;
      throw error;
    });
    return spell.label;
  };
  // Where the store was closed meanwhile, another one may stand in its place. If it is the same, nobody is asked for a passphrase again.
  async function openAnew({ beforeKey }: Spell): Promise<StoreLabel> {
    if (known === undefined || (await readLabelBody(beforeKey))?.storeId !== known.storeId)
      known = await openLabel(beforeKey, source);
    return known;
  }
  const name = async (key: RecordKey, spell: Spell): Promise<RecordKey> => (await labelIn(spell)).name(key);

  // Another process may have begun to seal with a newer key since this one was given its own.
  async function labelWith(keyId: string, spell: Spell): Promise<StoreLabel> {
    const ours = await labelIn(spell);
    if (ours.keys.some(({ id }) => id === keyId)) return ours;
    if (source.interactive)
      return { ...ours, keyIds: Object.keys((await readLabelBody(spell.store))?.indexKeys ?? {}) };
    known = await openLabel(spell.beforeKey, source);
    spell.label = Promise.resolve(known);
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
    if (key === undefined) throw keyIds.includes(keyId) ? wrongKey(below, source) : corrupt(below);
    const body = open(stored.body, key, bound(storeId, sealedKey, stored));
    if (body === undefined) throw corrupt(below);
    return body;
  }

  return {
    place: below.place,
    async ready() {
      const spell = now;
      await spell.store.ready?.();
      await labelIn(spell);
    },
    scope: below.scope,
    async read(key) {
      const spell = now;
      const sealedKey = await name(key, spell);
      const stored = await spell.store.read(sealedKey);
      if (stored === undefined) {
        await requireLabel(spell);
        return undefined;
      }
      const before = opened.find(sealedKey, stored);
      if (before !== undefined) return { ...stored, body: before };
      const { keyId } = checkedHead(stored, below);
      const body = openBody(await labelWith(keyId, spell), keyId, sealedKey, stored);
      if (!spell.over) opened.keep(sealedKey, stored, body);
      return { ...stored, body };
    },
    ...(below.readHeader === undefined
      ? {}
      : {
          async readHeader(key) {
            const spell = now;
            return spell.store.readHeader?.(await name(key, spell));
          },
        }),
    async swap(key, expected, next) {
      const spell = now;
      const { name: nameOf, storeId, newest } = await labelIn(spell);
      const sealedKey = nameOf(key);
      if (expected === 0) await requireLabel(spell);
      const body = seal(next.body, newest, bound(storeId, sealedKey, next));
      try {
        return await spell.store.swap(sealedKey, expected, { ...next, body, sealed: true });
      } finally {
        opened.forget(sealedKey);
      }
    },
    lock: (key, options) =>
      waits.during(options, async (ending) => {
        const spell = now;
        return spell.store.lock(await name(key, spell), ending);
      }),
    async *keys() {
      const { store } = now;
      // No label: nothing was sealed here yet.
      if ((await store.read(labelKey)) === undefined) return;
      for await (const key of store.keys()) if (key !== labelKey) yield key;
    },
    async purge(key) {
      const spell = now;
      const sealedKey = await name(key, spell);
      try {
        await spell.store.purge(sealedKey);
      } finally {
        opened.forget(sealedKey);
      }
    },
    async close() {
      const { store } = now;
      waits.close();
      const closing = store.close();
      now.over = true;
      now = begun();
      opened.clear();
      await closing;
    },
  };
}

// Where the label is gone, so is everything else: a record written now would be one that nobody can open.
async function requireLabel({ store }: Spell): Promise<void> {
  if ((await store.read(labelKey)) === undefined) throw emptied(store);
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
