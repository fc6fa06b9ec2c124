import { jData } from "@x/kotak-neo";
import type { TestAccount, TestEnvironment } from "@x/test-environment";
import { sum } from "./numbers.ts";

interface SampleRequest {
  readonly path: string;
  readonly init: RequestInit;
  /** The journal's word for it. */
  readonly step: string;
}

/** A read of the account and an order, as a program sends them; by the account's name or by its broker. */
export interface SampleRequests {
  readonly read: SampleRequest;
  readonly order: SampleRequest;
}

const nubra: SampleRequests = {
  read: { path: "/portfolio/holdings", init: {}, step: "holdings" },
  order: {
    path: "/orders/v2/single",
    init: { method: "POST", headers: { "content-type": "application/json" }, body: '{"symbol":"INVENTED"}' },
    step: "order",
  },
};

const kotakNeo: SampleRequests = {
  read: { path: "/quick/user/positions", init: {}, step: "positions" },
  order: {
    path: "/quick/order/rule/ms/place",
    init: { method: "POST", body: jData({ ts: "INVENTED" }) },
    step: "place-order",
  },
};

export const requests: Readonly<Record<"main" | "hedge" | "nubra" | "kotak-neo", SampleRequests>> = {
  main: nubra,
  nubra,
  hedge: kotakNeo,
  "kotak-neo": kotakNeo,
};

/** Reads or orders that the brokers have not accepted, of some accounts or of all. */
export function refusedRequests(
  { accounts, sandbox: { journal } }: TestEnvironment<string>,
  kind: keyof SampleRequests,
  whose: readonly TestAccount[] = accounts,
): number {
  const counts = whose.map(({ name: account, broker }) => {
    const { step } = requests[broker][kind];
    return journal.count({ account, step }) - journal.count({ account, step, outcome: "accepted" });
  });
  return sum(counts);
}

/** Where a fetch is about to go, without touching its body. */
export function addressOf(input: string | URL | Request): URL {
  return new URL(input instanceof Request ? input.url : input);
}
