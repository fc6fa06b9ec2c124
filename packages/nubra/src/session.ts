import { jwtExpiry, type MintedSession, type Secret } from "@x/core/adapter";
import type { NubraTokens } from "./tokens.ts";

/** The documented life of a session (nubra.md section 6), for one whose token says nothing. */
export const sessionLifetimeMs: number = 7 * 3_600_000;

// The longest life that any page gives one of Nubra's tokens. What claims more is no claim.
const longestLifetimeMs = 7 * 86_400_000;

/**
 * A session ends when its token says so, else after the documented seven hours. Undefined for a token that has ended before it was given: it
 * opens nothing, whatever else the answer says.
 * @param sentAt broker time just before the call left, in epoch milliseconds: the session cannot be older
 */
export function mintSession(
  tokens: NubraTokens,
  sentAt: number,
  deviceId: Secret,
): MintedSession<NubraTokens> | undefined {
  const claimed = jwtExpiry(tokens.sessionToken.reveal());
  if (claimed !== undefined && claimed <= sentAt) return undefined;
  const isBelievable = claimed !== undefined && claimed - sentAt <= longestLifetimeMs;
  return { tokens, issuedAt: sentAt, expiresAt: isBelievable ? claimed : sentAt + sessionLifetimeMs, deviceId };
}
