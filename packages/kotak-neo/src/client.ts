import type { OriginPolicy, ProviderContext } from "@x/core/adapter";
import type { KotakNeoCredentials } from "./credentials.ts";
import type { KotakNeoSettings } from "./options.ts";

/** What every step works with: how the adapter speaks, for whom, and what the engine lends it. */
export interface KotakNeoClient {
  readonly settings: KotakNeoSettings;
  readonly credentials: KotakNeoCredentials;
  readonly context: ProviderContext;
}

/** The part of it that needs nothing of the engine. */
export type KotakNeoAccess = Omit<KotakNeoClient, "context">;

/** Where the credentials and tokens of an account may go: the broker's domain, below which every host of it lies, and what the user named. */
export function originPolicy({ settings, credentials }: KotakNeoAccess): OriginPolicy {
  const { tradingBaseUrl, trustedHosts } = settings;
  const { environment, baseUrl } = credentials;
  return {
    environment,
    // kotak-neo.md section 2, grade A.
    domains: [".kotaksecurities.com"],
    origins: [baseUrl, tradingBaseUrl ?? baseUrl, ...trustedHosts.map((host) => `https://${host}`)],
  };
}
