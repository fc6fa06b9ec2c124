import type { Session } from "@x/core/adapter";
import { callExampleBroker } from "./call.ts";
import type { ExampleBrokerClient } from "./client.ts";
import { refusal } from "./failures.ts";
import type { ExampleBrokerTokens } from "./tokens.ts";

/** Ends the session at the broker. One that is over already is a success. */
export async function revoke(session: Session<ExampleBrokerTokens>, client: ExampleBrokerClient): Promise<void> {
  const answer = await callExampleBroker("logout", { session }, client);
  if (answer.ok) return;
  const refused = refusal("logout", answer, { now: client.context.now() });
  if (refused.code !== "session_expired") throw refused;
}
