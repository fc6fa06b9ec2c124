import { type BrokerAnswer, type BrokerCall, callBroker, type ProviderContext } from "@x/core/adapter";
import type { ExampleBrokerCredentials } from "./credentials.ts";
import { brokerId } from "./endpoints.ts";
import type { ExampleBrokerOptions } from "./options.ts";

/** What every step works with: the options, the account, and the world it may touch. */
export interface ExampleBrokerClient {
  readonly options: ExampleBrokerOptions;
  readonly credentials: ExampleBrokerCredentials;
  readonly context: ProviderContext;
}

/** Sends one call to the API host and nowhere else. @throws BrokerAuthError as `callBroker` does */
export function callExampleBroker(
  call: BrokerCall,
  { options, credentials, context }: ExampleBrokerClient,
): Promise<BrokerAnswer> {
  const { environment, apiOrigin } = credentials;
  const policy = { domains: [], origins: [apiOrigin], loopback: environment === "sandbox" };
  return callBroker(call, { broker: brokerId, policy, ...options }, context);
}
