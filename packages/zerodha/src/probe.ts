import { type ProbeAnswer, type Session, unlessSilent, viewOf } from "@x/core/adapter";
import { callZerodha } from "./call.ts";
import type { ZerodhaClient } from "./client.ts";
import { bringsError, readProfile } from "./responses.ts";
import type { ZerodhaTokens } from "./tokens.ts";
import { classify } from "./verdict.ts";

/** Whether the session lives, by reading the profile (zerodha.md section 2, call 3). Alive is proven, dead is said; everything else is `unknown`. */
export async function probe(session: Session<ZerodhaTokens>, client: ZerodhaClient): Promise<ProbeAnswer> {
  const answer = await unlessSilent(callZerodha("profile", { session }, client));
  if (answer === undefined) return "unknown";
  const isOurs = readProfile(answer.json)?.userId === client.credentials.userId.reveal();
  if (answer.ok && isOurs && !bringsError(answer.json)) return "alive";
  // Also of a 403 without a word: each login costs a person a visit to Zerodha's page, so none is made on a guess.
  const verdict = classify(viewOf(answer), client.context.now());
  return verdict.kind === "dead" ? "dead" : "unknown";
}
