import { isJsonObject, parseJson } from "../json.ts";
import type { KotakNeoWorld, Visit } from "./kotak-neo-world.ts";
import { judgePair } from "./session-gate.ts";
import type { FrameVerdict } from "./sockets.ts";

const EXCHANGES = { nse_cm: { divider: 100 }, nse_fo: { divider: 100 }, cde_fo: { divider: 10_000_000 } };

/** Neutral: it says nothing about success (reference section 7). */
export const marketGreeting: string = JSON.stringify({
  message_code: 1119,
  id: "sandbox-feed-1",
  format: "native_batch",
  exchanges: EXCHANGES,
});

/** The first frame of the market feed: the UCC, and as `auth` the trade sid, not the JWT (reference section 7). */
export function judgeMarketFrame(world: KotakNeoWorld, visit: Visit, frame: string): FrameVerdict {
  const json = parseJson(frame);
  if (!isJsonObject(json)) return refusal("body");
  const { user, auth, format, source } = json;
  if (format !== "native_batch" || source !== "NEOTRADEAPI") return refusal("body");
  const sessions = world.accounts.flatMap(({ customer, state }) =>
    state.sessions.map((one) => ({ ...one, ucc: customer.ucc })),
  );
  const session = sessions.find(({ sid }) => sid === auth);
  if (session === undefined) return refusal("unknown-session");
  const judged = judgePair(world, visit, session.token, session.sid);
  if ("reason" in judged) return refusal(judged.reason);
  if (user !== session.ucc) return refusal("wrong-ucc");
  return {
    reply: JSON.stringify({ message_code: 1117, id: "sandbox-feed-1", format: "native_batch", exchanges: EXCHANGES }),
    refusal: undefined,
  };
}

function refusal(reason: string): FrameVerdict {
  return { reply: JSON.stringify({ message_code: 1120, message: "Auth failed" }), refusal: reason };
}
