import { type BrokerAnswer, type BrokerCall, callBroker, type Io } from "@x/core/adapter";
import type { ExampleBrokerCredentials } from "./credentials.ts";
import { brokerId } from "./endpoints.ts";
import type { ExampleBrokerOptions } from "./options.ts";

/** What every step works with: the options, the account, and the world it may touch. */
export interface ExampleBrokerContext {
  readonly options: ExampleBrokerOptions;
  readonly credentials: ExampleBrokerCredentials;
  readonly io: Io;
}

/** Sends one call to the API host and nowhere else. @throws BrokerAuthError as `callBroker` does */
export function callExampleBroker(
  call: BrokerCall,
  { options, credentials, io }: ExampleBrokerContext,
): Promise<BrokerAnswer> {
  const { environment, apiOrigin } = credentials;
  const policy = { domains: [], origins: [apiOrigin], loopback: environment === "sandbox" };
  return callBroker(call, { broker: brokerId, policy, ...options }, io);
}

/** The same call by DELETE, which `BrokerCall` does not know: the method is changed on its way out, all caps stay. */
export function deleteAtExampleBroker(
  call: Omit<BrokerCall, "method">,
  context: ExampleBrokerContext,
): Promise<BrokerAnswer> {
  const { io } = context;
  const deleting: typeof fetch = (input, init) => io.fetch(input, { ...init, method: "DELETE" });
  return callExampleBroker({ ...call, method: "POST" }, { ...context, io: { ...io, fetch: deleting } });
}
