import { BrokerAuthError, parseSocketPurpose, Secret, type Session, type SocketPlan } from "@x/core/adapter";
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
export function openSocket(session: Session<KotakNeoTokens>, purpose: string, client: KotakNeoAccess): SocketPlan {
  const open = parseSocketPurpose(purpose, names) === "market" ? marketFeed : orderFeed;
  return open(session.tokens, client);
}

function marketFeed(tokens: KotakNeoTokens, client: KotakNeoAccess): SocketPlan {
  const { feedUrl, ucc, sid } = tokens;
  if (feedUrl === undefined) return fail("the login answered no address of the market feed");
  // `auth` is the trade sid here, not the token.
  const hello = { user: ucc.reveal(), auth: sid.reveal(), format: "native_batch", source: "NEOTRADEAPI" };
  return {
    url: socketUrl(feedUrl, client),
    headers: {},
    frames: [new Secret(JSON.stringify(hello))],
    classify: (frame) =>
      firstVerdict(frame, (message) => ({ 1117: "accepted", 1120: "refused" })[String(message["message_code"])]),
  };
}

function orderFeed(tokens: KotakNeoTokens, client: KotakNeoAccess): SocketPlan {
  // The documents show an unquoted text; one client found that only JSON keeps the socket open (grade D).
  const hello = { type: "cn", Authorization: tokens.token.reveal(), Sid: tokens.sid.reveal(), src: "WEB" };
  return {
    url: socketUrl(tokens.rtUrl ?? `${tokens.baseUrl}/realtime`, client),
    headers: {},
    frames: [new Secret(JSON.stringify(hello))],
    classify: (frame) => firstVerdict(frame, (message) => ({ ok: "accepted", nk: "refused" })[String(message["ak"])]),
    heartbeat: { frame: JSON.stringify({ type: "hb" }), everyMs: 30_000 },
  };
}

// Pinned again, as every use of a stored address is.
function socketUrl(address: string, client: KotakNeoAccess): string {
  const url = pinnedUrl(address, originPolicy(client));
  return url === undefined ? fail("the session's feed is not an address of the broker") : url.replace(/^http/, "ws");
}

/** Frames hold one message or a list of them; whatever is no verdict is `other`. */
function firstVerdict(
  frame: string,
  read: (message: Readonly<Record<string, unknown>>) => string | undefined,
): "accepted" | "refused" | "other" {
  let parsed: unknown;
  try {
    parsed = JSON.parse(frame);
  } catch {
    return "other";
  }
  for (const message of Array.isArray(parsed) ? parsed : [parsed]) {
    const verdict: unknown =
      typeof message === "object" && message !== null ? read(message as Record<string, unknown>) : undefined;
    if (verdict === "accepted" || verdict === "refused") return verdict;
  }
  return "other";
}

function fail(message: string): never {
  throw new BrokerAuthError("protocol_error", message, { broker: names.broker });
}
