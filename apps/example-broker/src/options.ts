import { type CallLimits, readOptions } from "@x/core/adapter";
import { names } from "./endpoints.ts";

/** How the adapter speaks to the broker: the same for every account. This one has nothing to choose but the limits of a call. */
export type ExampleBrokerOptions = CallLimits;

/** {@link ExampleBrokerOptions} with the defaults in place. */
export type ExampleBrokerSettings = CallLimits;

/** @throws BrokerAuthError `configuration` naming the option */
export function parseOptions(given: ExampleBrokerOptions): ExampleBrokerSettings {
  const { timeoutMs, maxBodyBytes } = readOptions(given, {}, names.broker);
  return { timeoutMs, maxBodyBytes };
}
