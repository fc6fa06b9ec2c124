import type { Session } from "@x/core/adapter";
import { authorize } from "./authorize.ts";
import { callExampleBroker, type ExampleBrokerClient } from "./call.ts";
import { profilePath } from "./endpoints.ts";
import { isProfile } from "./responses.ts";
import type { ExampleBrokerTokens } from "./tokens.ts";
import { classify } from "./verdict.ts";

/** Whether the session lives, by reading the profile. Alive is proven, dead is said; everything else is `unknown`. */
export async function probe(
  session: Session<ExampleBrokerTokens>,
  client: ExampleBrokerClient,
): Promise<"alive" | "dead" | "unknown"> {
  const { origin, headers } = authorize(session, client.credentials);
  const call = { step: "profile", method: "GET", url: `${origin}${profilePath}`, headers } as const;
  const answer = await callExampleBroker(call, client);
  if (answer.ok && isProfile(answer.json)) return "alive";
  const { status, json } = answer;
  const view = { method: "GET", path: profilePath, status, json, header: (name: string) => answer.header(name) };
  return classify(view, client.context.now()).kind === "dead" ? "dead" : "unknown";
}
