import { isJsonObject, parseJson } from "../json.ts";

/** The word that keeps a socket open, every ten seconds, and what comes back (reference section 6). */
export const PING = "ping";
export const PONG = "pong";

/** Whether a text is a subscription of the market socket: an action, a mode and lists of tokens, as the official client sends them. */
export function isSubscription(text: string): boolean {
  const json = parseJson(text);
  if (!isJsonObject(json) || (json["action"] !== 0 && json["action"] !== 1)) return false;
  const { params } = json;
  return isJsonObject(params) && typeof params["mode"] === "number" && Array.isArray(params["tokenList"]);
}
