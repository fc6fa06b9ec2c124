import { createHash, createSecretKey, type KeyObject } from "node:crypto";
import { BrokerAuthError, isBrokerAuthError } from "@x/core";

/** One key of an encrypted store: 32 random bytes and the name that envelopes know it by. */
export interface StoreKey {
  /** Made from the key itself, so that a key needs no name to be kept beside it. */
  readonly id: string;
  readonly key: KeyObject;
}

/** Where the keys of a store come from. The first key seals; all of them open, so that keys can change without downtime. */
export interface KeySource {
  /** Where they are, as messages say it: a whole path, or such as `the environment variable KEY`. */
  readonly place?: string | undefined;
  /**
   * The keys, newest first; none where there is nothing yet. Asked again when another process has begun to seal with a newer key.
   * @param salt random bytes of the store, for sources that derive their key
   * @throws BrokerAuthError `store_key_missing`, `store_key_locked` or `store_key_wrong` (what is there is not a key)
   */
  keys(salt: Uint8Array): Promise<readonly StoreKey[]>;
  /** Makes and keeps the first key. Called only while the store holds nothing that is sealed. Absent where a person has to give it. */
  create?(): Promise<StoreKey>;
  /** Asking costs a person's time: once the store is open, `keys` is not called again. */
  readonly interactive?: boolean;
}

/** Whether it gives keys. A key itself does not: bytes, lists and maps have a method of that name, which is for their places. */
export function isKeySource(value: unknown): value is KeySource {
  if (typeof value !== "object" || value === null || Symbol.iterator in value) return false;
  return "keys" in value && typeof value.keys === "function";
}

const keyBytes = 32;

/**
 * The source's keys, or the first one, made now.
 * @throws BrokerAuthError what the source says; `store_key_locked` for anything else that it throws, because that may hold anything
 */
export async function askForKeys(
  source: KeySource,
  salt: Uint8Array,
  whenNone?: "create",
): Promise<readonly StoreKey[]> {
  try {
    const keys = await source.keys(salt);
    if (keys.length > 0 || whenNone !== "create" || source.create === undefined) return keys;
    return [await source.create()];
  } catch (cause) {
    if (isBrokerAuthError(cause)) throw cause;
    throw new BrokerAuthError("store_key_locked", `the store's key cannot be had from ${placeOfKey(source)}`, {
      cause,
    });
  }
}

/** The source, in a message. */
export function placeOfKey({ place = "its source" }: KeySource): string {
  return place;
}

/** @throws BrokerAuthError `store_key_wrong` unless there are 32 bytes */
export function storeKey(bytes: Uint8Array, source: string): StoreKey {
  if (bytes.byteLength !== keyBytes) {
    throw new BrokerAuthError("store_key_wrong", `${source} does not hold a key of ${keyBytes} bytes`);
  }
  const id = createHash("sha256").update("broker-auth/key-id/1").update(bytes).digest("hex").slice(0, 16);
  // A KeyObject is made once: with raw bytes each call pays for the set-up again.
  return { id, key: createSecretKey(bytes) };
}

/**
 * Reads keys from text: one in each line, 32 bytes in base64, newest first; lines that begin with # are comments.
 * @throws BrokerAuthError `store_key_wrong` for a line that is not exactly that; it is not repeated in the message
 */
export function parseKeys(text: string, source: string): StoreKey[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return (
    lines
      .filter((line) => line !== "" && !line.startsWith("#"))
      // Node would skip letters that are not base64 and make another key of the rest.
      .map((line) => storeKey(Buffer.from(/^[\w+/-]{43}=?$/.test(line) ? line : "", "base64"), source))
  );
}
