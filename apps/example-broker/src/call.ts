import { type BrokerAnswer, type BrokerCall, callBroker, type SessionGrant } from "@x/core/adapter";
import { authorize } from "./authorize.ts";
import { type ExampleBrokerClient, originPolicy } from "./client.ts";
import { endpoints, type ExampleBrokerCallName, names } from "./endpoints.ts";
import type { ExampleBrokerTokens } from "./tokens.ts";

/** What a call carries: the headers of a session, or a form of its own. */
export interface ExampleBrokerCallParts extends Pick<BrokerCall, "form"> {
  readonly session?: SessionGrant<ExampleBrokerTokens>;
}

/** Sends one call of the protocol. @throws BrokerAuthError as `callBroker` does */
export function callExampleBroker(
  name: ExampleBrokerCallName,
  { session, ...parts }: ExampleBrokerCallParts,
  client: ExampleBrokerClient,
): Promise<BrokerAnswer> {
  const { settings, credentials, context } = client;
  const { path, ...endpoint } = endpoints[name];
  const authorized = session === undefined ? {} : { headers: authorize(session, { path }, client).headers };
  return callBroker(
    { ...endpoint, url: `${credentials.baseUrl}${path}`, ...parts, ...authorized },
    { ...names, policy: originPolicy(client), ...settings },
    context,
  );
}
