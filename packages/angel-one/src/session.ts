import { jwtExpiry, nextIndiaTime, type ProviderContext, type SessionGrant } from "@x/core/adapter";
import type { Grant } from "./responses.ts";
import type { AngelOneTokens } from "./tokens.ts";

/** A session from the moment before the request left: it cannot be older than that. It ends at midnight, or earlier if its token says so. */
export function mintSession(
  { jwtToken, feedToken }: Grant,
  sentAt: number,
  context: ProviderContext,
): SessionGrant<AngelOneTokens> {
  return {
    tokens: { jwtToken, feedToken },
    issuedAt: sentAt,
    expiresAt: Math.min(jwtExpiry(jwtToken.reveal()) ?? Number.POSITIVE_INFINITY, latestExpiry(sentAt)),
    deviceId: context.deviceId,
  };
}

/** When a session that is minted at `now` ends at the latest: at the next 00:00 IST (angel-one.md section 3). Both in epoch milliseconds. */
export function latestExpiry(now: number): number {
  return nextIndiaTime(now);
}
