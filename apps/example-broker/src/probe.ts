import { type ProbeAnswer, type Session, unlessSilent, viewOf } from "@x/core/adapter";
import { callExampleBroker } from "./call.ts";
import type { ExampleBrokerClient } from "./client.ts";
import { endpoints } from "./endpoints.ts";
import { isProfile } from "./responses.ts";
import type { ExampleBrokerTokens } from "./tokens.ts";
import { classify } from "./verdict.ts";

/** Whether the session lives, by reading the profile. Alive is proven, dead is said; everything else is `unknown`. */
export async function probe(session: Session<ExampleBrokerTokens>, client: ExampleBrokerClient): Promise<ProbeAnswer> {
  const answer = await unlessSilent(callExampleBroker("profile", { session }, client));
  if (answer === undefined) return "unknown";
  if (answer.ok && isProfile(answer.json)) return "alive";
  const view = viewOf(answer, endpoints.profile.path);
  return classify(view, client.context.now()).kind === "dead" ? "dead" : "unknown";
}
