import { jwtExpiry, type SessionGrant, type Secret } from "@x/core/adapter";
import type { NubraTokens } from "./tokens.ts";
import { latestExpiry } from "./expiry.ts";

// The longest life that any page gives one of Nubra's tokens. What claims more is no claim.
const longestLifetimeMs = 7 * 86_400_000;

/**
 * A session ends when its token says so, else after the documented seven hours.
 * @param now broker time in epoch milliseconds, asked for after the answer: a renewal may be the first call that tells it
 */
export function mintSession(tokens: NubraTokens, now: number, deviceId: Secret): SessionGrant<NubraTokens> {
  const claimed = jwtExpiry(tokens.sessionToken.reveal());
  const isBelievable = claimed !== undefined && claimed - now <= longestLifetimeMs;
  return { tokens, issuedAt: now, expiresAt: isBelievable ? claimed : latestExpiry(now), deviceId };
}
