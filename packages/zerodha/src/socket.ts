import { parseSocketPurpose, type Session, type SocketPlan } from "@x/core/adapter";
import type { ZerodhaAccess } from "./client.ts";
import { names } from "./endpoints.ts";
import type { ZerodhaTokens } from "./tokens.ts";

/** What there is a socket for. Zerodha has one for both. */
export type ZerodhaSocketPurpose = "market" | "orders";

/**
 * Where the socket is (zerodha.md section 6). API key and token stand in its query, so a browser's WebSocket will do; a token that is over shows as 403
 * at the handshake. Ask anew at every reconnect.
 * @throws BrokerAuthError `configuration` for another purpose
 */
export function openSocket(
  { tokens }: Session<ZerodhaTokens>,
  purpose: string,
  { credentials }: ZerodhaAccess,
): SocketPlan {
  parseSocketPurpose(purpose, names);
  return {
    url: `${credentials.socketOrigin}/`,
    query: { api_key: credentials.apiKey, access_token: tokens.accessToken },
    headers: {},
    frames: [],
    // Who has come past the handshake is logged in.
    classify: () => "other",
  };
}
