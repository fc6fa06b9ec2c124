import { jData } from "@x/kotak-neo";
import { type CallAuth, type CallReport, type Request, sendRequest } from "../account-call.ts";
import type { DemoProvider } from "../demo-configuration.ts";

/** What became of an order, as far as this program can know. */
export interface OrderReport extends CallReport {
  /**
   * `accepted`: the broker took it. `refused`: it did not. `not_executed`: it was never looked at, and the strategy may decide anew.
   * `unknown`: it left and no clear answer came; it may stand in the order book, so no program should send it again.
   */
  readonly fate: "accepted" | "refused" | "not_executed" | "unknown";
}

/**
 * One share of an invented company, as each broker spells it. Which fields an order has is the broker's documentation to say, and none of this
 * library's business: it is sent as it stands, once.
 */
const orders: Readonly<Record<DemoProvider["broker"], Request>> = {
  nubra: {
    method: "POST",
    path: "/orders/v2/single",
    headers: { "content-type": "application/json" },
    body: () => JSON.stringify({ symbol: "INVENTED", order_side: "ORDER_SIDE_BUY", order_qty: 1 }),
  },
  "kotak-neo": {
    method: "POST",
    path: "/quick/order/rule/ms/place",
    body: () => jData({ ts: "INVENTED-EQ", tt: "B", qt: "1", pt: "MKT", pc: "MIS", es: "nse_cm" }),
  },
};

/** Sends an order, once. Whatever happens is in the report. */
export async function sendOrder(auth: CallAuth, account: string): Promise<OrderReport> {
  const call = await sendRequest(auth, account, orders);
  return { ...call, fate: fateOf(call) };
}

function fateOf({ ok, error }: CallReport): OrderReport["fate"] {
  if (error === undefined) return ok ? "accepted" : "refused";
  return error.code === "unexpected" || error.code === "outcome_unknown" ? "unknown" : "not_executed";
}
