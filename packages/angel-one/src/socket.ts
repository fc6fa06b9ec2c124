import { parseSocketPurpose, type Session, type SocketPlan } from "@x/core/adapter";
import { bearer } from "./authorize.ts";
import type { AngelOneAccess } from "./client.ts";
import { names, sockets } from "./endpoints.ts";
import type { AngelOneTokens } from "./tokens.ts";

/** The sockets there are. */
export type AngelOneSocketPurpose = "market" | "orders";

/**
 * Where a socket is and what its handshake carries (angel-one.md section 6): the JWT is bare for prices, and has `Bearer` in front for orders. What is
 * refused gets 401 there. Ask anew at every reconnect.
 * @throws BrokerAuthError `configuration` for another purpose
 */
export function openSocket(
  { tokens }: Session<AngelOneTokens>,
  purpose: string,
  { credentials }: AngelOneAccess,
): SocketPlan {
  const asked = parseSocketPurpose(purpose, names);
  const { origin, path } = sockets[asked];
  const { baseUrl, isReplaced, apiKey, clientCode } = credentials;
  return {
    url: `${isReplaced ? baseUrl.replace(/^http/, "ws") : origin}${path}`,
    headers: {
      ...(asked === "market" ? { authorization: tokens.jwtToken } : bearer(tokens.jwtToken)),
      "x-api-key": apiKey,
      "x-client-code": clientCode,
      "x-feed-token": tokens.feedToken,
    },
    frames: [],
    // Who has come past the handshake is logged in.
    classify: () => "other",
    heartbeat: { frame: "ping", everyMs: 10_000 },
  };
}
