import { missingPart } from "./missing-part.ts";
import type { Secret } from "./secret.ts";

/**
 * The six-digit code of one time step, as a string with its leading zeros.
 * @param secret as `parseTotpSecret` gives it
 * @param step epoch seconds divided by 30, rounded down
 */
export async function totpCode(secret: Secret, step: number): Promise<string> {
  generator ??= loadGenerator().catch((cause: unknown) => {
    generator = undefined;
    throw missingPart(cause);
  });
  const generate = await generator;
  return generate(base32Bytes(secret.reveal()), step);
}

type Generator = (secret: Uint8Array, step: number) => Promise<string>;

// Loaded at the first code: a program that only adopts a stored session, or logs in by SMS, never pays for it.
let generator: Promise<Generator> | undefined;

async function loadGenerator(): Promise<Generator> {
  const [{ generate }, { constantTimeEqual, createGuardrails }] = await Promise.all([
    import("@otplib/hotp"),
    import("@otplib/core"),
  ]);
  const guardrails = createGuardrails({ MIN_SECRET_BYTES: 10 });
  const crypto = { name: "webcrypto", hmac, randomBytes, constantTimeEqual };
  // A TOTP code is an HOTP code whose counter is the time step (RFC 6238, section 4.2).
  return (secret, step) => generate({ secret, counter: step, crypto, guardrails });
}

// The platform's own, where the package `otplib` would bring one written in JavaScript: 5 kB less in a bundle.
async function hmac(_sha1: string, key: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto;
  const imported = await subtle.importKey("raw", copy(key), { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", imported, copy(data)));
}

function randomBytes(length: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(length));
}

// WebCrypto takes no view of shared memory, and the types tell only a copy from one.
function copy(view: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(view);
}

// RFC 4648, section 6, of a text that was checked when it was given.
function base32Bytes(text: string): Uint8Array {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const character of text) {
    held = ((held << 5) | alphabet.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  return Uint8Array.from(bytes);
}
