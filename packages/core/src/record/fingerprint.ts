import type { Factor } from "../contract/provider-context.ts";
import type { Secret } from "../contract/secret.ts";

/**
 * Makes keyed hashes of factors, or of the whole set of them: equal ones of one account give equal fingerprints, and nobody without the key can
 * try out values.
 */
export type Fingerprinter = (factor: Factor | "set", value: Secret) => Promise<string>;

/** @param key random text that stays in the account's record */
export function fingerprinter(key: string): Fingerprinter {
  const encoder = new TextEncoder();
  // With the first factor and not before: where nobody waits for it, a key that is none would be an unhandled rejection.
  let imported: ReturnType<typeof crypto.subtle.importKey> | undefined;
  return async (factor, value) => {
    imported ??= crypto.subtle.importKey("raw", encoder.encode(key), { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
    ]);
    const signature = await crypto.subtle.sign(
      "HMAC",
      await imported,
      encoder.encode(JSON.stringify([factor, value.reveal()])),
    );
    return base64url(new Uint8Array(signature).subarray(0, 16));
  };
}

/** Random text of the given number of bytes, in base64url. */
export function randomText(bytes: number): string {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
