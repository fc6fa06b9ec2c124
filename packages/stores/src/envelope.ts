import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { StoreKey } from "./store-key.ts";

// Layout: version (1 byte), length of the key id (1), key id (ASCII), nonce (12), tag (16), ciphertext.
const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** What a sealed text says about itself without a key. */
export interface EnvelopeHead {
  readonly version: number;
  readonly keyId: string;
}

/**
 * Seals bytes with AES-256-GCM under a fresh random nonce. The bound parts must be given again, equal to the letter, to open it.
 * @param bound what the sealed text belongs to: a record moved, renamed or replayed does not open
 */
export function seal(plain: Uint8Array, { id, key }: StoreKey, bound: readonly (string | number)[]): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const head = Buffer.from(`\0\0${id}`, "latin1");
  head[0] = version;
  head[1] = head.byteLength - 2;
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(additional(head, bound));
  // A stream cipher: nothing is left for the end, which only makes the tag.
  const sealed = cipher.update(plain);
  cipher.final();
  return Buffer.concat([head, nonce, cipher.getAuthTag(), sealed]);
}

/** Undefined for bytes that are no envelope at all. */
export function readHead(sealed: Uint8Array): EnvelopeHead | undefined {
  const length = sealed[1] ?? 0;
  if (sealed[0] === undefined || sealed.byteLength < 2 + length + nonceBytes + tagBytes) return undefined;
  return { version: sealed[0], keyId: Buffer.from(sealed.subarray(2, 2 + length)).toString("latin1") };
}

/** The version this program writes and reads. */
export const envelopeVersion: number = version;

/** Undefined when the bytes were altered, belong elsewhere, or were sealed with another key. */
export function open(
  sealed: Uint8Array,
  { key }: StoreKey,
  bound: readonly (string | number)[],
): Uint8Array | undefined {
  const start = 2 + (sealed[1] ?? 0);
  const head = sealed.subarray(0, start);
  const nonce = sealed.subarray(start, start + nonceBytes);
  const tag = sealed.subarray(start + nonceBytes, start + nonceBytes + tagBytes);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes })
      .setAAD(additional(head, bound))
      .setAuthTag(tag);
    const plain = decipher.update(sealed.subarray(start + nonceBytes + tagBytes));
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

// JSON keeps the parts apart: ["ab", "c"] and ["a", "bc"] are not the same.
function additional(head: Uint8Array, bound: readonly (string | number)[]): Buffer {
  return Buffer.concat([head, Buffer.from(JSON.stringify(bound), "utf8")]);
}
