import { encrypted, storeKey } from "@x/stores/encrypted";
import type { TokenStore } from "@x/core";
import { openStore, type StoreAddress } from "../../../packages/stores/src/testing/store-address.ts";
import { accountsAt } from "./accounts.ts";
import { type Comparison, ours } from "./bench.ts";
import { openCountedLine } from "./counted-line.ts";
import { engine } from "./earlier-login.ts";
import { recordBrokers, recordedFetch } from "./recorded-brokers.ts";

const origin = "http://127.0.0.1:9";

/** What a login, and a program that adopts its session, cost a store: calls of it, and bytes on the line with all that the client adds. */
export async function loginTraffic(
  name: string,
  address: Extract<StoreAddress, { readonly url: string }>,
): Promise<Comparison> {
  const url = new URL(address.url);
  await using line = await openCountedLine(Number(url.port));
  url.port = `${line.port}`;
  const opened = await openStore({ ...address, url: url.href });
  const calls = { made: 0 };
  const store = encrypted(counted(opened.store, calls), {
    keys: async () => [storeKey(Buffer.alloc(32, 3), "the bench")],
  });
  const fetch = recordedFetch(await recordBrokers(), origin);
  const accounts = accountsAt(origin);
  const cost = async (work: () => Promise<unknown>): Promise<readonly [bytes: number, calls: number]> => {
    const [bytes, made] = [line.bytes(), calls.made];
    await work();
    return [line.bytes() - bytes, calls.made - made];
  };
  try {
    // The store's label is there, as it is for every login but a store's first.
    await engine({ accounts, store, fetch }).status("hedge");
    const [first, second] = [engine({ accounts, store, fetch }), engine({ accounts, store, fetch })];
    const login = await cost(() => first.session("main"));
    const adoption = await cost(() => second.session("main"));
    return {
      what: `one login, ${name}`,
      unit: "byte",
      figures: [
        ours("by Nubra's TOTP, sealed", [login[0]], `${login[1]} calls of the store`),
        ours("another program adopts it", [adoption[0]], `${adoption[1]} calls of the store`),
      ],
      goals: [],
    };
  } finally {
    await store.close();
    await opened.end();
  }
}

function counted(store: TokenStore, calls: { made: number }): TokenStore {
  const noted = <Result>(work: () => Promise<Result>): Promise<Result> => {
    calls.made += 1;
    return work();
  };
  return {
    ...store,
    read: (key) => noted(() => store.read(key)),
    swap: (key, expected, next) => noted(() => store.swap(key, expected, next)),
    async lock(key, options) {
      const lock = await noted(() => store.lock(key, options));
      return {
        release: () => noted(() => lock.release()),
        get lost() {
          return lock.lost;
        },
      };
    },
  };
}
