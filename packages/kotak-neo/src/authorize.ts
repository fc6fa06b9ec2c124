import {
  type Authorization,
  authorization,
  type AuthorizeRequest,
  BrokerAuthError,
  requirePurpose,
  type SessionGrant,
  trustedUrl,
} from "@x/core/adapter";
import { type KotakNeoAccess, originPolicy } from "./client.ts";
import { isQuotesPath, names } from "./endpoints.ts";
import type { KotakNeoTokens } from "./tokens.ts";

/**
 * Where a request goes and with which headers (kotak-neo.md section 7). Without a purpose those of the session; for `quotes`, and for
 * every path below `/script-details/`, the access token alone.
 * @throws BrokerAuthError `configuration` for another purpose, `protocol_error` for a stored address that is not the broker's
 */
export function authorize(
  { tokens }: SessionGrant<KotakNeoTokens>,
  { path, purpose }: AuthorizeRequest,
  client: KotakNeoAccess,
): Authorization {
  // Pinned again: the session may have been stored in the clear, or before a host was taken off the list.
  if (!serves(tokens.baseUrl, client)) {
    const message = "the session's trading host is no address of the broker";
    throw new BrokerAuthError("protocol_error", message, { broker: names.broker });
  }
  requirePurpose(purpose, ["quotes"], names);
  const { settings, credentials } = client;
  const headers =
    purpose !== undefined || isQuotesPath(path)
      ? { authorization: credentials.accessToken.reveal() }
      : { auth: tokens.token.reveal(), sid: tokens.sid.reveal(), "neo-fin-key": settings.neoFinKey };
  return authorization(tokens.baseUrl, headers);
}

/** Whether an address can be one of this account's. */
export function serves(address: string, client: KotakNeoAccess): boolean {
  return trustedUrl(address, originPolicy(client)) !== undefined;
}
