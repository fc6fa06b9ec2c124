import { type ProbeAnswer, type Session, unlessSilent, viewOf } from "@x/core/adapter";
import { callAngelOne } from "./call.ts";
import type { AngelOneClient } from "./client.ts";
import { objectionTo, readProfile } from "./responses.ts";
import type { AngelOneTokens } from "./tokens.ts";
import { classify } from "./verdict.ts";

/** Whether the session lives, by reading the profile (angel-one.md section 2, call 3). Alive is proven, dead is said; everything else is `unknown`. */
export async function probe({ tokens }: Session<AngelOneTokens>, client: AngelOneClient): Promise<ProbeAnswer> {
  const answer = await unlessSilent(callAngelOne("profile", { jwtToken: tokens.jwtToken }, client));
  if (answer === undefined) return "unknown";
  const isOurs = readProfile(answer.json)?.clientCode === client.credentials.clientCode.reveal();
  if (answer.ok && isOurs && objectionTo(answer.json) === undefined) return "alive";
  // Also of a 403 without a word: a login ends what other programs hold, so none is made on a guess.
  const verdict = classify(viewOf(answer), client.context.now());
  return verdict.kind === "dead" ? "dead" : "unknown";
}
