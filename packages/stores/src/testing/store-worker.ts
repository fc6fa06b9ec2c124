import { isBrokerAuthError, type Lock, type StoredRecord } from "@x/core";
import { openStore, type StoreAddress } from "./store-address.ts";

/** What the test's process asks of this one. */
export type StoreOrder =
  | { readonly call: "read" | "purge"; readonly key: string }
  | { readonly call: "swap"; readonly key: string; readonly expected: number; readonly next: StoredRecord }
  | { readonly call: "lock"; readonly key: string; readonly waitMs: number }
  | { readonly call: "release"; readonly lock: number }
  | { readonly call: "keys" | "close" };

export interface StoreReport {
  readonly id: number;
  readonly result?: unknown;
  readonly failure?: { readonly code: string | undefined; readonly message: string };
  /** The locks of this process that were lost so far. */
  readonly lost: readonly number[];
}

const { store } = await openStore(JSON.parse(process.argv[2] ?? "") as StoreAddress);
const locks: Lock[] = [];

async function answer(order: StoreOrder): Promise<unknown> {
  switch (order.call) {
    case "read":
      return store.read(order.key);
    case "swap":
      return store.swap(order.key, order.expected, order.next);
    case "purge":
      return store.purge(order.key);
    case "lock":
      return locks.push(await store.lock(order.key, { waitMs: order.waitMs })) - 1;
    case "release":
      return locks[order.lock]?.release();
    case "keys":
      return Array.fromAsync(store.keys());
    case "close":
      return store.close();
    default:
      return order satisfies never;
  }
}

function lost(): number[] {
  return [...locks.keys()].filter((lock) => locks[lock]?.lost?.aborted);
}

async function report(id: number, order: StoreOrder): Promise<StoreReport> {
  try {
    const result = await answer(order);
    return { id, result, lost: lost() };
  } catch (error) {
    const code = isBrokerAuthError(error) ? error.code : undefined;
    return { id, failure: { code, message: String(error) }, lost: lost() };
  }
}

process.on("message", async ({ id, order }: { readonly id: number; readonly order: StoreOrder }) => {
  process.send?.(await report(id, order));
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
