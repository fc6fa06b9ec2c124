import { type BrokerAuth, isBrokerAuthError } from "@x/core";
import { jData } from "@x/kotak-neo";
import { failure, type FailureReport } from "../account-call.ts";
import type { DemoProvider } from "../demo-configuration.ts";

/** What became of an order, as far as this program can know. */
export interface OrderReport {
  readonly account: string;
  readonly broker: string;
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  /**
   * `accepted`: the broker took it. `refused`: it did not. `not_executed`: it was never looked at, and the strategy may decide anew.
   * `unknown`: it left and no clear answer came; it may stand in the order book, so no program should send it again.
   */
  readonly fate: "accepted" | "refused" | "not_executed" | "unknown";
  readonly error?: FailureReport;
}

type OrderAuth = Pick<BrokerAuth<DemoProvider, string, string>, "fetch" | "status">;

/**
 * One share of an invented company, as each broker spells it. Which fields an order has is the broker's documentation to say, and none of this
 * library's business: it is sent as it stands, once.
 */
const orders: Readonly<Record<DemoProvider["broker"], { readonly path: string; readonly init: () => RequestInit }>> = {
  nubra: {
    path: "/orders/v2/single",
    init: () => ({
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ symbol: "INVENTED", order_side: "ORDER_SIDE_BUY", order_qty: 1 }),
    }),
  },
  "kotak-neo": {
    path: "/quick/order/rule/ms/place",
    init: () => ({ body: jData({ ts: "INVENTED-EQ", tt: "B", qt: "1", pt: "MKT", pc: "MIS", es: "nse_cm" }) }),
  },
};

/** Sends an order, once. Whatever happens is in the report. */
export async function sendOrder(auth: OrderAuth, account: string): Promise<OrderReport> {
  const { broker } = await auth.status(account);
  const { path, init } = orders[broker as DemoProvider["broker"]];
  const facts = { account, broker, method: "POST", path };
  try {
    const { status, ok, body } = await auth.fetch(account, path, { method: "POST", ...init() });
    await body?.cancel();
    return { ...facts, status, fate: ok ? "accepted" : "refused" };
  } catch (error) {
    const status = isBrokerAuthError(error) ? (error.status ?? null) : null;
    return { ...facts, status, fate: fateOf(error), error: failure(error) };
  }
}

function fateOf(error: unknown): OrderReport["fate"] {
  if (!isBrokerAuthError(error)) return "unknown";
  if (error.code === "outcome_unknown") return "unknown";
  return "not_executed";
}
