import { type ProbeAnswer, type Session, unlessSilent } from "@x/core/adapter";
import { callNubra } from "./call.ts";
import type { NubraClient } from "./client.ts";
import { refusal } from "./failures.ts";
import { objectionTo } from "./responses.ts";
import type { NubraTokens } from "./tokens.ts";

/**
 * Asks `/userinfo` (nubra.md section 7). Only 200 with a JSON body is alive and only 440 or 401 is dead; a bare 403 is `refused`, a failure or
 * a page is neither.
 */
export async function probe(session: Session<NubraTokens>, client: NubraClient): Promise<ProbeAnswer> {
  const answer = await unlessSilent(callNubra("userInfo", { session }, client));
  if (answer === undefined) return "unknown";
  // A success that speaks against itself proves nothing.
  if (answer.ok)
    return answer.body === "json" && objectionTo(answer, client.credentials) === undefined ? "alive" : "unknown";
  // Without a body nobody has said anything: the session is over, or the account is not permitted (nubra.md section 8). A page is a firewall's.
  if (answer.status === 403 && answer.body === "empty") return "refused";
  return refusal("userInfo", answer, { now: client.context.now() }).code === "session_expired" ? "dead" : "unknown";
}
