import type { LoadedConfiguration } from "@x/config";
import type { BrokerAuthProvider } from "@x/core";

/** What has a configuration, such as a desk. */
export interface Configured {
  readonly configuration: LoadedConfiguration;
}

/** The adapter of an account. */
export function providerOf({ configuration }: Configured, name: string): BrokerAuthProvider {
  const { broker } = configuration.accounts[name] ?? {};
  const provider = configuration.brokers.find((candidate) => candidate.broker === broker);
  if (provider === undefined) throw new Error("an account without an adapter");
  return provider;
}

/** The credentials of an account, as its adapter reads them. */
export function credentialsOf(configured: Configured, name: string): unknown {
  const { broker: _broker, site: _site, ...fields } = { ...configured.configuration.accounts[name] };
  return providerOf(configured, name).parseCredentials(fields);
}
