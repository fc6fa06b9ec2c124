import { isJsonObject, parseJson } from "../json.ts";

/** What a text frame asks for. */
export type SocketCommand =
  /** A command that shows the session token, and so opens something. */
  | { readonly kind: "token"; readonly verb: string; readonly token: string }
  /** A setting of the connection itself; it carries no token and opens nothing. */
  | { readonly kind: "setting"; readonly verb: string };

/**
 * The commands of both sockets. The login reference leaves them open (section 7: "the token travels inside each text command"); these forms are
 * those of the broker's REST API V3 export of 2026-07-21 and of several public clients, unverified by us.
 *
 * - market: `batch_subscribe` or `batch_unsubscribe`, the token, a channel, JSON without spaces, then an interval and an exchange where the channel has
 *   them; `socket_interval`, `post_market` and `orderbook_depth` set the connection.
 * - order: `subscribe <token> notifications notification`.
 *
 * Undefined: no such command.
 */
export function readSocketCommand(socket: "market-socket" | "order-socket", text: string): SocketCommand | undefined {
  const words = text.trim().split(" ");
  const [verb = "", token = "", channel = "", payload = "", ...rest] = words;
  if (socket === "order-socket") {
    return verb === "subscribe" && words.slice(2).join(" ") === "notifications notification"
      ? { kind: "token", verb, token }
      : undefined;
  }
  if (SETTINGS.some((one) => one.test(text.trim()))) return { kind: "setting", verb };
  if (verb !== "batch_subscribe" && verb !== "batch_unsubscribe") return undefined;
  const fits = token !== "" && CHANNELS[channel]?.(parseJson(payload), rest) === true;
  return fits ? { kind: "token", verb, token } : undefined;
}

const SETTINGS: readonly RegExp[] = [
  /^socket_interval \w+ \d{1,2}[sm]$/,
  /^post_market (true|false)$/,
  /^orderbook_depth ([1-9]|1\d|20)$/,
];

const isExchange = (word: string | undefined): boolean => word === undefined || /^[A-Z]{2,6}$/.test(word);

/** Channel to what may stand behind it: the payload, then the words after it. Which of these may be left out is not known, so the exchange may. */
const CHANNELS: Readonly<Record<string, (payload: unknown, rest: readonly string[]) => boolean>> = {
  index: (payload, [exchange, ...more]) => namesThings(payload) && isExchange(exchange) && more.length === 0,
  index_bucket: (payload, [interval = "", exchange, ...more]) =>
    namesThings(payload) && /^\d{1,2}(s|m|h|d|w|mth|yr)?$/.test(interval) && isExchange(exchange) && more.length === 0,
  orderbook: (payload, [exchange, ...more]) => namesThings(payload) && isExchange(exchange) && more.length === 0,
  greeks: (payload, [exchange, ...more]) => namesThings(payload) && isExchange(exchange) && more.length === 0,
  option: (payload, more) => Array.isArray(payload) && payload.every(isJsonObject) && more.length === 0,
};

/** `{"instruments":[…],"indexes":[…]}`, one of them or both, and either may be empty. */
function namesThings(payload: unknown): boolean {
  if (!isJsonObject(payload)) return false;
  const names = Object.keys(payload);
  return (
    names.length > 0 && names.every((name) => /^(instruments|indexes)$/.test(name) && Array.isArray(payload[name]))
  );
}
