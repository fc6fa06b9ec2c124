import { wrongArgument } from "../errors/argument.ts";
import { loadPart } from "../errors/missing-part.ts";
import type { Secret } from "../contract/secret.ts";

/**
 * The six-digit code of one time step, as a string with its leading zeros.
 * @param secret as `parseTotpSecret` gives it
 * @param step epoch seconds divided by 30, rounded down
 * @throws BrokerAuthError `configuration` for any other secret or step
 */
export async function totpCode(secret: Secret, step: number): Promise<string> {
  generate ??= (await loadPart(() => import("./totp-generator.ts"))).generateTotpCode;
  try {
    return generate(secret.reveal(), step);
  } catch {
    // otplib's own error may show a part of the secret.
    throw wrongArgument("totpSecret", "no code can be made of this secret and this time step");
  }
}

// Loaded at the first code: a program that only adopts a stored session, or logs in by SMS, never pays for otplib.
let generate: typeof import("./totp-generator.ts").generateTotpCode | undefined;
