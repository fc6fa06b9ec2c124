import { createGuardrails, generateSync } from "otplib";

// otplib itself asks for 16 bytes, and brokers hand out secrets of ten.
const guardrails = createGuardrails({ MIN_SECRET_BYTES: 10 });

/** The code of one time step. Base32 and HMAC are otplib's. */
export function generateTotpCode(secret: string, step: number): string {
  return generateSync({ secret, epoch: step * 30, guardrails });
}
