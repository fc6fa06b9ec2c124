import {
  type BrokerAnswer,
  type BrokerCall,
  callBroker,
  type ProviderContext,
  type OriginPolicy,
} from "@x/core/adapter";
import type { NubraCredentials } from "./credentials.ts";
import { endpoints, type NubraCallName } from "./endpoints.ts";
import type { NubraSettings } from "./options.ts";

/** What every step works with: how the adapter speaks, for whom, and the world it may touch. */
export interface NubraClient {
  readonly settings: NubraSettings;
  readonly credentials: NubraCredentials;
  readonly context: ProviderContext;
}

/** Sends one call of the protocol to the account's base URL. @throws BrokerAuthError as `callBroker` does */
export function callNubra(
  name: NubraCallName,
  parts: Pick<BrokerCall, "headers" | "json">,
  { settings, credentials, context }: NubraClient,
): Promise<BrokerAnswer> {
  const { step, method, path, carriesFactor } = endpoints[name];
  const { timeoutMs, maxBodyBytes } = settings;
  return callBroker(
    { step, method, url: `${credentials.baseUrl}${path}`, carriesFactor, ...parts },
    { broker: "nubra", policy: originPolicy(credentials), timeoutMs, maxBodyBytes },
    context,
  );
}

/** Where the credentials and tokens of an account may go: Nubra's domain, the address the user named, loopback in the sandbox alone. */
export function originPolicy({ environment, baseUrl, customBaseUrl }: NubraCredentials): OriginPolicy {
  return {
    domains: [".nubra.io"],
    origins: customBaseUrl ? [baseUrl, baseUrl.replace(/^http/, "ws")] : [],
    loopback: environment === "sandbox",
  };
}
