import { BrokerAuthError, isObject, parseSocketPurpose, Secret, type Session, type SocketPlan } from "@x/core/adapter";
import { type KotakNeoAccess, originPolicy } from "./client.ts";
import { names } from "./endpoints.ts";
import { pinnedUrl } from "./session.ts";
import type { KotakNeoTokens } from "./tokens.ts";

/** The sockets there are. */
export type KotakNeoSocketPurpose = "market" | "orders";

/**
 * How to open the market feed (`market`) or the order feed (`orders`) with this session (kotak-neo.md section 7). Both authenticate in the
 * first frame; there are no handshake headers. Ask anew at every reconnect.
 * @throws BrokerAuthError `configuration` for another purpose, `protocol_error` if the session has no market feed or a foreign address
 */
export function openSocket({ tokens }: Session<KotakNeoTokens>, purpose: string, client: KotakNeoAccess): SocketPlan {
  const { token, sid, ucc, baseUrl, feedUrl, rtUrl } = tokens;
  const isForOrders = parseSocketPurpose(purpose, names) === "orders";
  const address = isForOrders ? (rtUrl ?? `${baseUrl}/realtime`) : feedUrl;
  // Pinned again, as every use of a stored address is.
  const url = address === undefined ? undefined : pinnedUrl(address, originPolicy(client));
  if (url === undefined) {
    const message = "the session names no address of the broker for this feed";
    throw new BrokerAuthError("protocol_error", message, { broker: names.broker });
  }
  const wsUrl = url.replace(/^http/, "ws");
  // `auth` is the trade sid here, not the token.
  const market = { user: ucc.reveal(), auth: sid.reveal(), format: "native_batch", source: "NEOTRADEAPI" };
  if (!isForOrders) return plan(wsUrl, market, "message_code", "1117", "1120");
  // The documents show an unquoted text; one client found that only JSON keeps the socket open (grade D).
  const orders = { type: "cn", Authorization: token.reveal(), Sid: sid.reveal(), src: "WEB" };
  const heartbeat = { frame: JSON.stringify({ type: "hb" }), everyMs: 30_000 };
  return { ...plan(wsUrl, orders, "ak", "ok", "nk"), heartbeat };
}

/** @param field in which the verdict of a message stands. Frames hold one message or a list of them; whatever is no verdict is `other`. */
function plan(
  url: string,
  hello: Readonly<Record<string, string>>,
  field: string,
  accepted: string,
  refused: string,
): SocketPlan {
  return {
    url,
    headers: {},
    frames: [new Secret(JSON.stringify(hello))],
    classify(frame) {
      try {
        for (const message of [JSON.parse(frame) as unknown].flat()) {
          const word = isObject(message) ? String(message[field]) : "";
          if (word === accepted) return "accepted";
          if (word === refused) return "refused";
        }
      } catch {
        // No JSON.
      }
      return "other";
    },
  };
}
