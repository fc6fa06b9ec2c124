import type { TokenStore } from "@x/core";
import { sqliteStore } from "../sqlite-store.ts";

/** How another process of a test comes to the same store. */
export type StoreAddress = { readonly kind: "sqlite"; readonly directory: string };

/** A store in clear, and how its client is ended. */
export interface OpenedStore {
  readonly store: TokenStore;
  end(): Promise<void>;
}

export async function openStore({ directory }: StoreAddress): Promise<OpenedStore> {
  const store = sqliteStore({ directory, plaintext: "i-understand" });
  return { store, end: () => store.close() };
}
