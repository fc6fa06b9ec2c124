import { isJsonObject, parseJson } from "../json.ts";
import type { KotakNeoBroker } from "./broker.ts";
import { checkPair } from "./session-gate.ts";
import type { StepContext } from "./step.ts";

/** What a feed says to the first frame. */
export interface FrameAnswer {
  readonly reply: string;
  /** Undefined if the frame was accepted: the socket stays open. */
  readonly refusal: string | undefined;
}

const EXCHANGES = { nse_cm: { divider: 100 }, nse_fo: { divider: 100 }, cde_fo: { divider: 10_000_000 } };

/** Neutral: it says nothing about success (reference section 7). */
export const marketGreeting: string = JSON.stringify({
  message_code: 1119,
  id: "sandbox-feed-1",
  format: "native_batch",
  exchanges: EXCHANGES,
});

/** The first frame of the market feed: the UCC, and as `auth` the trade sid, not the JWT (reference section 7). */
export function answerMarketFrame(broker: KotakNeoBroker, context: StepContext, frame: string): FrameAnswer {
  const json = parseJson(frame);
  if (!isJsonObject(json)) return marketRefusal("body");
  const { user, auth, format, source } = json;
  if (format !== "native_batch" || source !== "NEOTRADEAPI") return marketRefusal("body");
  const sessions = broker.accounts.flatMap(({ customer, state }) =>
    state.sessions.map((one) => ({ ...one, ucc: customer.ucc })),
  );
  const session = sessions.find(({ sid }) => sid === auth);
  if (session === undefined) return marketRefusal("unknown-session");
  const checked = checkPair(broker, context, session.token, session.sid);
  if ("reason" in checked) return marketRefusal(checked.reason);
  if (user !== session.ucc) return marketRefusal("wrong-ucc");
  return {
    reply: JSON.stringify({ message_code: 1117, id: "sandbox-feed-1", format: "native_batch", exchanges: EXCHANGES }),
    refusal: undefined,
  };
}

function marketRefusal(reason: string): FrameAnswer {
  return { reply: JSON.stringify({ message_code: 1120, message: "Auth failed" }), refusal: reason };
}

/**
 * The first frame of the order feed: type `cn`, the trade token, the trade sid and source `WEB` (reference section 7). The documents show an
 * unquoted text with `src`, one client found that only JSON keeps the socket open (grade D), so both are taken and the text is noted.
 */
export function answerOrderFrame(broker: KotakNeoBroker, context: StepContext, frame: string): FrameAnswer {
  const fields = fieldsOf(frame);
  if (fields === undefined) return orderRefusal("body");
  if (!frame.startsWith('{"')) context.request.entry.note("an unquoted first frame");
  const { type, Authorization: token = "", Sid: sid = "", source, src } = fields;
  if (type !== "cn" || (source ?? src) !== "WEB") return orderRefusal("body");
  const verdict = checkPair(broker, context, token, sid);
  if ("reason" in verdict) return orderRefusal(verdict.reason);
  return { reply: JSON.stringify({ ak: "ok", type: "cn", task: "cn", msg: "connected" }), refusal: undefined };
}

function orderRefusal(reason: string): FrameAnswer {
  return { reply: JSON.stringify({ ak: "nk", type: "cn", task: "cn", msg: "Authentication Failed" }), refusal: reason };
}

function fieldsOf(frame: string): Record<string, string | undefined> | undefined {
  const json = parseJson(frame);
  if (isJsonObject(json))
    return Object.fromEntries(
      Object.entries(json).map(([name, value]) => [name, typeof value === "string" ? value : undefined]),
    );
  const text = /^\{([^{}"]*)\}$/.exec(frame)?.[1];
  if (text === undefined) return undefined;
  return Object.fromEntries(
    text.split(",").map((part) => {
      const colon = part.indexOf(":");
      return [part.slice(0, colon).trim(), part.slice(colon + 1).trim()];
    }),
  );
}
