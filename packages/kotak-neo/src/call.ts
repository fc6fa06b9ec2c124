import { type BrokerAnswer, type BrokerCall, callBroker, type Secret, type SessionGrant } from "@x/core/adapter";
import { authorize } from "./authorize.ts";
import { type KotakNeoAccess, type KotakNeoClient, originPolicy } from "./client.ts";
import { endpointOf, type KotakNeoCallName, names } from "./endpoints.ts";
import type { KotakNeoTokens } from "./tokens.ts";

/** What a call carries: the headers of a session, then it goes to the trading host, or its own, then to the login host. */
export interface KotakNeoCallParts extends Pick<BrokerCall, "headers" | "json"> {
  readonly session?: SessionGrant<KotakNeoTokens>;
}

/** Sends one call of the protocol. @throws BrokerAuthError as `callBroker` does */
export function callKotakNeo(
  name: KotakNeoCallName,
  { session, ...parts }: KotakNeoCallParts,
  client: KotakNeoClient,
): Promise<BrokerAnswer> {
  const { settings, credentials, context } = client;
  const endpoint = endpointOf(name, settings.api);
  const authorized = session === undefined ? { origin: credentials.baseUrl } : authorize(session, endpoint, client);
  return callBroker(
    { ...endpoint, ...parts, ...authorized },
    { ...names, policy: originPolicy(client), ...settings },
    context,
  );
}

/** The two headers of every login call. No `Bearer`, and not the SDK's client-id header, which repeats part of the access token (kotak-neo.md section 4). */
export function loginHeaders({ credentials, settings }: KotakNeoAccess): Readonly<Record<string, string | Secret>> {
  return { authorization: credentials.accessToken, "neo-fin-key": settings.neoFinKey };
}

/** The headers of get-client-ip (kotak-neo.md section 4, call 3), which is a call of the login host with a session. */
export function clientIpHeaders(
  { tokens }: SessionGrant<KotakNeoTokens>,
  { credentials }: KotakNeoAccess,
): Readonly<Record<string, Secret>> {
  return { authorization: credentials.accessToken, sid: tokens.sid, auth: tokens.token };
}
