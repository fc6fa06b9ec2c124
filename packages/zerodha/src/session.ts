import { type ProviderContext, Secret, type SessionGrant } from "@x/core/adapter";
import type { Grant } from "./responses.ts";
import type { ZerodhaTokens } from "./tokens.ts";
import { latestExpiry } from "./expiry.ts";

/** A session from the moment before the request left: it cannot be older than that. The token claims nothing (zerodha.md section 4). */
export function mintSession(grant: Grant, sentAt: number, context: ProviderContext): SessionGrant<ZerodhaTokens> {
  return {
    tokens: { accessToken: new Secret(grant.accessToken) },
    issuedAt: sentAt,
    expiresAt: latestExpiry(sentAt),
    deviceId: context.deviceId,
  };
}
