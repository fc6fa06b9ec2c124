import type { TokenStore } from "@x/core";
import type { OpenStoreTestEnvironment, StoreServer } from "@x/core/testing";
import { afterAll } from "vitest";
import { type OpenedStore, openStore, type StoreAddress } from "./store-address.ts";
import { startStoreProcess } from "./store-process.ts";

/** A server that tests start. */
export interface TestServer extends StoreServer {
  readonly url: string;
  end(): Promise<void>;
}

let places = 0;

/**
 * Environments of the conformance kit on real servers: rules that end a server have one of their own, all others a place of their own on one.
 * @param wrap what stands above the store, such as encryption
 */
export function serverEnvironments(
  start: () => Promise<TestServer>,
  addressOf: (url: string, apart: string | undefined) => StoreAddress,
  wrap: (store: TokenStore) => TokenStore = (store) => store,
): OpenStoreTestEnvironment {
  let common: Promise<TestServer> | undefined;
  afterAll(async () => (await common)?.end());
  return async (needs) => {
    const server = needs.server ? await start() : await (common ??= start());
    const address = addressOf(server.url, needs.server ? undefined : `place_${(places += 1)}`);
    // Connected beforehand, because the kit opens stores at once. Further ones share a client, as two engines of one program do.
    const opened = await Promise.all(Array.from({ length: 3 }, () => openStore(address)));
    let taken = 0;
    return {
      open: () => wrap((opened[taken++ % opened.length] as OpenedStore).store),
      spawn: () => startStoreProcess(address),
      server,
      async cleanup() {
        await Promise.all(opened.map((one) => one.end()));
        if (needs.server) await server.end();
      },
    };
  };
}
