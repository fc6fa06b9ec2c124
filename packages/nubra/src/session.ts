import { jwtExpiry, type MintedSession, type Secret } from "@x/core/adapter";
import type { NubraTokens } from "./tokens.ts";

/** The documented life of a session (nubra.md section 6), for one whose token says nothing. */
export const sessionLifetimeMs: number = 7 * 3_600_000;

/** Expiry is the token's own claim. One that is over already contradicts the answer it came in and counts as none. */
export function mintSession(tokens: NubraTokens, now: number, deviceId: Secret): MintedSession<NubraTokens> {
  const claimed = jwtExpiry(tokens.sessionToken.reveal());
  const expiresAt = claimed !== undefined && claimed > now ? claimed : now + sessionLifetimeMs;
  return { tokens, issuedAt: now, expiresAt, deviceId };
}
