import { BrokerAuthError, type Session } from "@x/core/adapter";
import { authorize } from "./authorize.ts";
import { callExampleBroker, type ExampleBrokerClient } from "./call.ts";
import { brokerId, sessionTokenPath } from "./endpoints.ts";
import { readErrorType } from "./responses.ts";
import type { ExampleBrokerTokens } from "./tokens.ts";

const step = "logout";

/** Ends the session at the broker. One that is over already is a success. */
export async function revoke(session: Session<ExampleBrokerTokens>, client: ExampleBrokerClient): Promise<void> {
  const { origin, headers } = authorize(session, client.credentials);
  const answer = await callExampleBroker(
    { step, method: "DELETE", url: `${origin}${sessionTokenPath}`, headers },
    client,
  );
  const { status, json } = answer;
  if (answer.ok || (status === 403 && readErrorType(json) === "TokenException")) return;
  throw new BrokerAuthError(status >= 500 ? "broker_unavailable" : "protocol_error", `${step}: it was not confirmed`, {
    broker: brokerId,
    step,
    status,
  });
}
