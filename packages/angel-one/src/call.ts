import { type BrokerAnswer, type BrokerCall, callBroker, type Secret } from "@x/core/adapter";
import { bearer, commonHeaders } from "./authorize.ts";
import { type AngelOneClient, originPolicy } from "./client.ts";
import { type AngelOneCallName, endpoints, names } from "./endpoints.ts";

/** What a call carries: the JWT of a session, a body. */
export interface AngelOneCallParts extends Pick<BrokerCall, "json"> {
  readonly jwtToken?: Secret;
}

/** Sends one call of the protocol; the clock is asked for without the API key. @throws BrokerAuthError as `callBroker` does */
export function callAngelOne(
  name: AngelOneCallName,
  { jwtToken, ...parts }: AngelOneCallParts,
  client: AngelOneClient,
): Promise<BrokerAnswer> {
  const { settings, credentials, context } = client;
  const endpoint = endpoints[name];
  const key = name === "readClock" ? {} : { "x-privatekey": credentials.apiKey };
  const headers = { ...commonHeaders(client), ...key, ...(jwtToken === undefined ? {} : bearer(jwtToken)) };
  return callBroker(
    { ...endpoint, origin: credentials.baseUrl, ...parts, headers },
    { ...names, policy: originPolicy(client), ...settings },
    context,
  );
}
