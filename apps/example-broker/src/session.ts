import { type Io, type MintedSession, nextIndiaTime, Secret } from "@x/core/adapter";
import { cutoff } from "./endpoints.ts";
import type { Grant } from "./responses.ts";
import type { ExampleBrokerTokens } from "./tokens.ts";

/** A session ends at the next 06:00 IST, counted from the moment before the request left: it cannot be older than that. */
export function mintSession(grant: Grant, sentAt: number, io: Io): MintedSession<ExampleBrokerTokens> {
  return {
    tokens: { accessToken: new Secret(grant.accessToken) },
    issuedAt: sentAt,
    expiresAt: nextIndiaTime(sentAt, cutoff),
    deviceId: io.deviceId,
  };
}
