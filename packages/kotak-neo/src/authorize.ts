import {
  type Authorization,
  type AuthorizeRequest,
  BrokerAuthError,
  type SessionGrant,
  trustedUrl,
} from "@x/core/adapter";
import { type KotakNeoConfig, originPolicy } from "./call.ts";
import { brokerId, isQuotesPath } from "./endpoints.ts";
import type { KotakNeoTokens } from "./tokens.ts";

/**
 * Where a request goes and with which headers (kotak-neo.md section 7). Without a purpose those of the session; for `quotes`, and for
 * every path below `/script-details/`, the access token alone.
 * @throws BrokerAuthError `configuration` for another purpose, `protocol_error` for a stored address that is not the broker's
 */
export function authorize(
  session: SessionGrant<KotakNeoTokens>,
  request: AuthorizeRequest,
  client: KotakNeoConfig,
): Authorization {
  const { tokens } = session;
  // Pinned again: the session may have been stored in the clear, or before a host was taken off the list.
  if (trustedUrl(tokens.baseUrl, originPolicy(client)) === undefined) {
    throw new BrokerAuthError(
      "protocol_error",
      "the session's trading host is not an address of the broker; nothing was sent",
      {
        broker: brokerId,
      },
    );
  }
  const { purpose } = request;
  if (purpose !== undefined && purpose !== "quotes") {
    throw new BrokerAuthError(
      "configuration",
      'purpose: Kotak Neo has the purpose "quotes", and session headers without one',
      {
        field: "purpose",
        broker: brokerId,
      },
    );
  }
  const headers =
    purpose === "quotes" || isQuotesPath(request.path)
      ? { authorization: client.credentials.accessToken.reveal() }
      : { auth: tokens.token.reveal(), sid: tokens.sid.reveal(), "neo-fin-key": client.settings.neoFinKey };
  return Object.freeze({ origin: tokens.baseUrl, headers: Object.freeze(headers) });
}
