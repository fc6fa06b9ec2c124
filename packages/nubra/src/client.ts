import type { OriginPolicy, ProviderContext } from "@x/core/adapter";
import type { NubraCredentials } from "./credentials.ts";
import type { NubraSettings } from "./options.ts";

/** What every step works with: how the adapter speaks, for whom, and what the engine lends it. */
export interface NubraClient {
  readonly settings: NubraSettings;
  readonly credentials: NubraCredentials;
  readonly context: ProviderContext;
}

/** The part of it that needs nothing of the engine. */
export type NubraAccess = Omit<NubraClient, "context">;

/** Where the credentials and tokens of an account may go: Nubra's domain and the address that the user named. */
export function originPolicy({ credentials }: NubraAccess): OriginPolicy {
  const { environment, baseUrl } = credentials;
  return { environment, domains: [".nubra.io"], origins: [baseUrl, baseUrl.replace(/^http/, "ws")] };
}
