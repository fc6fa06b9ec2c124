import { isBrokerAuthError, type ProbeAnswer, type Session } from "@x/core/adapter";
import { sessionHeaders } from "./authorize.ts";
import { callNubra, type NubraClient } from "./call.ts";
import { refusal } from "./failures.ts";
import { objectionTo } from "./responses.ts";
import type { NubraTokens } from "./tokens.ts";

/**
 * Asks `/userinfo` (nubra.md section 7). Only 200 with a JSON body is alive and only 440 or 401 is dead; a bare 403 is `refused`, a failure or
 * a page is neither.
 */
export async function probe(session: Session<NubraTokens>, client: NubraClient): Promise<ProbeAnswer> {
  try {
    const answer = await callNubra("userInfo", { headers: sessionHeaders(session, client.settings) }, client);
    // A success that speaks against itself proves nothing.
    if (answer.ok)
      return answer.body === "json" && objectionTo(answer, client.credentials) === undefined ? "alive" : "unknown";
    // Without a body nobody has said anything: the session is over, or the account is not permitted (nubra.md section 8). A page is a firewall's.
    if (answer.status === 403 && answer.body === "empty") return "refused";
    return refusal("userInfo", answer, { now: client.context.now() }).code === "session_expired" ? "dead" : "unknown";
  } catch (error) {
    if (isBrokerAuthError(error) && error.code !== "aborted") return "unknown";
    throw error;
  }
}
