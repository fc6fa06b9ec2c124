import { jData } from "@x/kotak-neo";
import type { TestAccount, TestEnvironment } from "@x/test-environment";

/** A request as a program sends it. */
export interface SampleRequest {
  readonly path: string;
  /** What is posted is text, which can be sent in other forms too. */
  readonly init: RequestInit & { readonly body?: string };
  /** The journal's word for it. */
  readonly step: string;
}

/** By its name; every broker has a read of the account and an order. */
export type SampleRequests = Readonly<Record<"read" | "order", SampleRequest> & Record<string, SampleRequest>>;

const got = (step: string, path: string): SampleRequest => ({ step, path, init: {} });
const posted = (step: string, path: string, body: string, type = "application/json"): SampleRequest => ({
  step,
  path,
  init: { method: "POST", headers: { "content-type": type }, body },
});
const form = (step: string, path: string): SampleRequest =>
  posted(step, path, jData({ ts: "INVENTED" }).toString(), "application/x-www-form-urlencoded");

const nubra: SampleRequests = {
  read: got("holdings", "/portfolio/holdings"),
  order: posted("order", "/orders/v2/single", '{"symbol":"INVENTED"}'),
  malformed: posted("order", "/orders/v2/single", "not an order"),
  report: got("report", "/reports/contract-note?date=2099-01-01"),
  quotes: got("quotes", "/quotes/of/nothing"),
};

const kotakNeo: SampleRequests = {
  read: got("positions", "/quick/user/positions"),
  order: form("place-order", "/quick/order/rule/ms/place"),
  holdings: got("holdings", "/portfolio/v1/holdings"),
  malformed: posted("place-order", "/quick/order/rule/ms/place", "not an order"),
  modify: form("modify-order", "/quick/order/vr/modify"),
  cancel: form("cancel-order", "/quick/order/cancel"),
  history: form("order-history", "/quick/order/history"),
  limits: form("limits", "/quick/user/limits"),
  margin: form("check-margin", "/quick/user/check-margin"),
  quotes: got("quotes", "/script-details/1.0/quotes/neosymbol/nse_cm|11536"),
};

/** By the account's name or by its broker. */
export const requests: Readonly<Record<"main" | "hedge" | "nubra" | "kotak-neo", SampleRequests>> = {
  main: nubra,
  nubra,
  hedge: kotakNeo,
  "kotak-neo": kotakNeo,
};

/** Reads or orders that the brokers have not accepted, of some accounts or of all. */
export function refusedRequests(
  { accounts, sandbox: { journal } }: TestEnvironment<string>,
  kind: "read" | "order",
  whose: readonly TestAccount[] = accounts,
): number {
  const sent = whose.flatMap(({ name: account, broker }) =>
    journal.entries({ account, step: requests[broker][kind].step }),
  );
  return sent.filter(({ outcome }) => outcome !== "accepted").length;
}

/** Where a fetch is about to go, without touching its body. */
export function addressOf(input: string | URL | Request): URL {
  return new URL(input instanceof Request ? input.url : input);
}
