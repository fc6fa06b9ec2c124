import type { Configuration } from "@x/config";
import type { AccountIdentity } from "@x/core/adapter";
import type { DemoProvider } from "../demo-configuration.ts";

/** Who an account is at its broker, and what its login asks a person for, as the adapter reads it from the configuration. Never shown. */
export function identityOf(
  { brokers, accounts }: Configuration<DemoProvider>,
  name: string,
): AccountIdentity | undefined {
  const { broker, site: _, ...fields } = accounts[name] ?? { broker: "" };
  for (const provider of brokers) {
    if (provider.broker !== broker) continue;
    // Each adapter has its own credentials, and this one parsed what it is asked about.
    const { identify } = provider as { identify: (credentials: unknown) => AccountIdentity };
    return identify(provider.parseCredentials(fields as never));
  }
  return undefined;
}
