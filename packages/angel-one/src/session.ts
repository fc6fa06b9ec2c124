import { type ProviderContext, type SessionGrant, sessionUntil } from "@x/core/adapter";
import type { Grant } from "./responses.ts";
import type { AngelOneTokens } from "./tokens.ts";
import { latestExpiry } from "./expiry.ts";

/** A session from the moment before the request left: it cannot be older than that. It ends at midnight, or earlier if its token says so. */
export function mintSession(
  { jwtToken, feedToken }: Grant,
  sentAt: number,
  context: ProviderContext,
): SessionGrant<AngelOneTokens> {
  return sessionUntil(latestExpiry(sentAt), { jwtToken, feedToken }, jwtToken.reveal(), sentAt, context);
}
