import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { randomBytes } from "@noble/hashes/utils.js";
import { constantTimeEqual, createGuardrails, type CryptoPlugin } from "@otplib/core";
import { base32 } from "@otplib/plugin-base32-scure";
import { generateSync } from "@otplib/totp";

// otplib itself asks for 16 bytes, and brokers hand out secrets of ten.
const guardrails = createGuardrails({ MIN_SECRET_BYTES: 10 });

// The HMAC that the package `otplib` takes by itself, without SHA-256 and SHA-512: no broker's codes are made by these, and they are a third of it.
const crypto: CryptoPlugin = {
  name: "noble-sha1",
  algorithms: ["sha1"],
  hmac: (_, key, data) => hmac(sha1, key, data),
  randomBytes,
  constantTimeEqual,
};

/** The code of one time step. Base32 and HMAC are otplib's. */
export function generateTotpCode(secret: string, step: number): string {
  return generateSync({ secret, epoch: step * 30, guardrails, crypto, base32 });
}
