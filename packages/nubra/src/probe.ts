import { isBrokerAuthError, type Session } from "@x/core/adapter";
import { sessionHeaders } from "./authorize.ts";
import { callNubra, type NubraContext } from "./call.ts";
import { refusal } from "./failures.ts";
import { objectionTo } from "./responses.ts";
import type { NubraTokens } from "./tokens.ts";

/** Asks `/userinfo` (nubra.md section 7). Only 200 with a JSON body is alive and only 440 or 401 is dead; a failure or a page is neither. */
export async function probe(
  session: Session<NubraTokens>,
  context: NubraContext,
): Promise<"alive" | "dead" | "unknown"> {
  try {
    const answer = await callNubra("userInfo", { headers: sessionHeaders(session, context.settings) }, context);
    // A success that speaks against itself proves nothing.
    if (answer.ok)
      return answer.body === "json" && objectionTo(answer, context.credentials) === undefined ? "alive" : "unknown";
    return refusal("userInfo", answer, { now: context.io.now() }).code === "session_expired" ? "dead" : "unknown";
  } catch (error) {
    if (isBrokerAuthError(error) && error.code !== "aborted") return "unknown";
    throw error;
  }
}
