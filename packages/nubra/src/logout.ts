import type { Session } from "@x/core/adapter";
import { callNubra } from "./call.ts";
import type { NubraClient } from "./client.ts";
import { refusal } from "./failures.ts";
import type { NubraTokens } from "./tokens.ts";

/**
 * Ends the session at Nubra. Sent with the session token: the sources disagree whether the auth token belongs there (nubra.md section 11),
 * and a refused bearer counts as logged out.
 */
export async function revoke(session: Session<NubraTokens>, client: NubraClient): Promise<void> {
  const answer = await callNubra("logout", { session }, client);
  if (answer.ok) return;
  const refused = refusal("logout", answer, { now: client.context.now() });
  if (refused.code !== "session_expired") throw refused;
}
