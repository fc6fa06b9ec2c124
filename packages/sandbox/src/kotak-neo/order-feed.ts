import { isJsonObject, parseJson } from "../json.ts";
import type { KotakNeoWorld, Visit } from "./kotak-neo-world.ts";
import type { FrameVerdict } from "./sockets.ts";
import { judgePair } from "./session-gate.ts";

/**
 * The first frame of the order feed: type `cn`, the trade token, the trade sid and source `WEB` (reference section 7). The documents show an
 * unquoted text with `src`, one client found that only JSON keeps the socket open (grade D), so both are taken and the text is noted.
 */
export function judgeOrderFrame(world: KotakNeoWorld, visit: Visit, frame: string): FrameVerdict {
  const fields = readFrame(frame);
  if (fields === undefined) return refusal("body");
  if (!frame.startsWith('{"')) visit.request.entry.note("an unquoted first frame");
  const { type, Authorization: token = "", Sid: sid = "", source, src } = fields;
  if (type !== "cn" || (source ?? src) !== "WEB") return refusal("body");
  const verdict = judgePair(world, visit, token, sid);
  if ("reason" in verdict) return refusal(verdict.reason);
  return { reply: JSON.stringify({ ak: "ok", type: "cn", task: "cn", msg: "connected" }), refusal: undefined };
}

function refusal(reason: string): FrameVerdict {
  return { reply: JSON.stringify({ ak: "nk", type: "cn", task: "cn", msg: "Authentication Failed" }), refusal: reason };
}

function readFrame(frame: string): Record<string, string | undefined> | undefined {
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
