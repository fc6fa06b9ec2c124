import { type BrokerAnswer, type BrokerCall, callBroker, type SessionGrant } from "@x/core/adapter";
import { authorize } from "./authorize.ts";
import { type NubraClient, originPolicy } from "./client.ts";
import { endpoints, type NubraCallName, names } from "./endpoints.ts";
import type { NubraTokens } from "./tokens.ts";

/** What a call carries: the headers of a session, or its own. */
export interface NubraCallParts extends Pick<BrokerCall, "headers" | "json"> {
  readonly session?: SessionGrant<NubraTokens>;
}

/** Sends one call of the protocol to the account's base URL. @throws BrokerAuthError as `callBroker` does */
export function callNubra(
  name: NubraCallName,
  { session, ...parts }: NubraCallParts,
  client: NubraClient,
): Promise<BrokerAnswer> {
  const endpoint = endpoints[name];
  const { settings, credentials, context } = client;
  const authorized = session === undefined ? {} : { headers: authorize(session, endpoint, client).headers };
  return callBroker(
    { ...endpoint, origin: credentials.baseUrl, ...parts, ...authorized },
    { ...names, policy: originPolicy(client), ...settings },
    context,
  );
}
