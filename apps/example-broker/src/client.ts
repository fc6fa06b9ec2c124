import type { OriginPolicy, ProviderContext } from "@x/core/adapter";
import type { ExampleBrokerCredentials } from "./credentials.ts";
import type { ExampleBrokerSettings } from "./options.ts";

/** What every step works with: how the adapter speaks, for whom, and what the engine lends it. */
export interface ExampleBrokerClient {
  readonly settings: ExampleBrokerSettings;
  readonly credentials: ExampleBrokerCredentials;
  readonly context: ProviderContext;
}

/** The part of it that needs nothing of the engine. */
export type ExampleBrokerAccess = Omit<ExampleBrokerClient, "context">;

/** Where the credentials and tokens of an account may go: the API host and nowhere else. */
export function originPolicy({ credentials }: ExampleBrokerAccess): OriginPolicy {
  const { environment, baseUrl } = credentials;
  return { environment, domains: [], origins: [baseUrl] };
}
