import {
  type BrokerAnswer,
  type BrokerCall,
  callBroker,
  type ProviderContext,
  type OriginPolicy,
  type Secret,
} from "@x/core/adapter";
import type { KotakNeoCredentials } from "./credentials.ts";
import { brokerDomain, brokerId } from "./endpoints.ts";
import type { KotakNeoSettings } from "./options.ts";

/** How the adapter speaks, and for whom. */
export interface KotakNeoConfig {
  readonly settings: KotakNeoSettings;
  readonly credentials: KotakNeoCredentials;
}

/** What every step works with: the client and the world it may touch. */
export interface KotakNeoClient extends KotakNeoConfig {
  readonly context: ProviderContext;
}

/** Sends one call within the account's policy and the adapter's caps. @throws BrokerAuthError as `callBroker` does */
export function callKotakNeo(call: BrokerCall, client: KotakNeoClient): Promise<BrokerAnswer> {
  const { timeoutMs, maxBodyBytes } = client.settings;
  return callBroker(call, { broker: brokerId, policy: originPolicy(client), timeoutMs, maxBodyBytes }, client.context);
}

/** Which addresses may see credentials and tokens: the broker's domain and what the user named; in the sandbox loopback alone. */
export function originPolicy({ credentials, settings }: KotakNeoConfig): OriginPolicy {
  const { tradingBaseUrl, trustedHosts } = settings;
  return {
    domains: [brokerDomain],
    origins: [
      credentials.loginBaseUrl,
      ...(tradingBaseUrl === undefined ? [] : [tradingBaseUrl]),
      ...trustedHosts.flatMap((host) => [`https://${host}`, `wss://${host}`]),
    ],
    loopback: credentials.environment === "sandbox",
  };
}

/** The two headers of every login call. No `Bearer`, and not the SDK's client-id header, which repeats part of the access token (kotak-neo.md section 4). */
export function loginHeaders({ credentials, settings }: KotakNeoConfig): Readonly<Record<string, string | Secret>> {
  return { authorization: credentials.accessToken, "neo-fin-key": settings.neoFinKey };
}
