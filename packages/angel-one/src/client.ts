import type { OriginPolicy, ProviderContext } from "@x/core/adapter";
import type { AngelOneCredentials } from "./credentials.ts";
import type { AngelOneSettings } from "./options.ts";

/** What every step works with: how the adapter speaks, for whom, and what the engine lends it. */
export interface AngelOneClient {
  readonly settings: AngelOneSettings;
  readonly credentials: AngelOneCredentials;
  readonly context: ProviderContext;
}

/** The part of it that needs nothing of the engine. */
export type AngelOneAccess = Omit<AngelOneClient, "context">;

/** Where the credentials and tokens of an account may go: the API host and nowhere else. */
export function originPolicy({ credentials }: AngelOneAccess): OriginPolicy {
  const { environment, baseUrl } = credentials;
  return { environment, domains: [], origins: [baseUrl] };
}
