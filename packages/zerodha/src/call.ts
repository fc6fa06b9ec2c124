import { type BrokerAnswer, type BrokerCall, callBroker, type SessionGrant } from "@x/core/adapter";
import { authorize } from "./authorize.ts";
import { type ZerodhaClient, originPolicy } from "./client.ts";
import { endpoints, names, versionHeader, type ZerodhaCallName } from "./endpoints.ts";
import type { ZerodhaTokens } from "./tokens.ts";

/** What a call carries: the headers of a session, a form of its own, words of its query. */
export interface ZerodhaCallParts extends Pick<BrokerCall, "form" | "query"> {
  readonly session?: SessionGrant<ZerodhaTokens>;
}

/** Sends one call of the protocol. @throws BrokerAuthError as `callBroker` does */
export function callZerodha(
  name: ZerodhaCallName,
  { session, ...parts }: ZerodhaCallParts,
  client: ZerodhaClient,
): Promise<BrokerAnswer> {
  const { settings, credentials, context } = client;
  const endpoint = endpoints[name];
  const headers = session === undefined ? versionHeader : authorize(session, endpoint, client).headers;
  return callBroker(
    { ...endpoint, origin: credentials.baseUrl, ...parts, headers },
    { ...names, policy: originPolicy(client), ...settings },
    context,
  );
}
