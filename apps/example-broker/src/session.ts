import { type ProviderContext, type SessionGrant, nextIndiaTime, Secret } from "@x/core/adapter";
import { cutoff } from "./endpoints.ts";
import type { Grant } from "./responses.ts";
import type { ExampleBrokerTokens } from "./tokens.ts";

/** A session ends at the next 06:00 IST, counted from the moment before the request left: it cannot be older than that. */
export function mintSession(grant: Grant, sentAt: number, context: ProviderContext): SessionGrant<ExampleBrokerTokens> {
  return {
    tokens: { accessToken: new Secret(grant.accessToken) },
    issuedAt: sentAt,
    expiresAt: nextIndiaTime(sentAt, cutoff),
    deviceId: context.deviceId,
  };
}
