import type { OriginPolicy, ProviderContext } from "@x/core/adapter";
import type { ZerodhaCredentials } from "./credentials.ts";
import type { ZerodhaSettings } from "./options.ts";

/** What every step works with: how the adapter speaks, for whom, and what the engine lends it. */
export interface ZerodhaClient {
  readonly settings: ZerodhaSettings;
  readonly credentials: ZerodhaCredentials;
  readonly context: ProviderContext;
}

/** The part of it that needs nothing of the engine. */
export type ZerodhaAccess = Omit<ZerodhaClient, "context">;

/** Where the credentials and tokens of an account may go: the API host and nowhere else. */
export function originPolicy({ credentials }: ZerodhaAccess): OriginPolicy {
  const { environment, baseUrl } = credentials;
  return { environment, domains: [], origins: [baseUrl] };
}
