import type { ProviderContext } from "../contract/provider-context.ts";
import type { SessionGrant } from "../contract/session.ts";
import { jwtExpiry } from "./jwt-claims.ts";

/**
 * A session of these tokens. It ends at the latest at `latestAt`, and earlier where the token's own claim says so.
 * @param token the JWT among them
 * @param issuedAt broker time before the request left, in epoch milliseconds: the session cannot be older than that
 */
export function sessionUntil<Tokens>(
  latestAt: number,
  tokens: Tokens,
  token: string,
  issuedAt: number,
  { deviceId }: Pick<ProviderContext, "deviceId">,
): SessionGrant<Tokens> {
  return { tokens, issuedAt, expiresAt: Math.min(jwtExpiry(token) ?? latestAt, latestAt), deviceId };
}
