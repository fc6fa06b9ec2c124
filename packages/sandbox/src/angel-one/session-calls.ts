import type { Json } from "../json.ts";
import type { Reply } from "../reply.ts";
import type { Account } from "./account-state.ts";
import { success } from "./answer-variants.ts";
import type { AngelOneBroker } from "./broker.ts";
import { ADDRESS, WRONG_PIN } from "./refusal.ts";
import { type Admitted, admit } from "./session-gate.ts";
import { type StepContext, accepted, isReply, refused } from "./step.ts";

/** Whatever reads, and what changes without looking at the address. */
export function plainCall(broker: AngelOneBroker, context: StepContext): Reply {
  const entered = enter(broker, context);
  return isReply(entered)
    ? entered
    : accepted(context, { status: 200, body: success(dataOf(context, entered.account)) });
}

/** Placing, modifying and cancelling: the calls that look at the address (reference section 5). */
export function order(broker: AngelOneBroker, context: StepContext): Reply {
  const entered = enter(broker, context);
  if (isReply(entered)) return entered;
  const { account } = entered;
  const address = broker.callers.of(context.request.remoteAddress);
  if (context.take("ip-not-allowed") !== undefined || !account.state.listedAddresses.includes(address))
    return refused(context, ADDRESS);
  if (context.step !== "placeOrder")
    return accepted(context, { status: 200, body: success({ orderid: context.body["orderid"] ?? null }) });
  const day = new Date(broker.now()).toISOString().slice(2, 10).replaceAll("-", "");
  const orderid = `${day}${String(account.state.orders.length + 1).padStart(9, "0")}`;
  account.state = { ...account.state, orders: [...account.state.orders, orderid] };
  return accepted(context, { status: 200, body: success({ script: "INVENTED-EQ", orderid }) });
}

function enter(broker: AngelOneBroker, context: StepContext): Admitted | Reply {
  const echo = context.take("echo-secrets");
  if (echo === undefined) return admit(broker, context);
  const message = `Cannot process ${JSON.stringify(context.request.headers)}`;
  return refused(context, { ...WRONG_PIN, reason: "echo", code: "AB4008", message });
}

function dataOf({ step }: StepContext, { customer, state }: Account): Json {
  switch (step) {
    case "profile":
      return {
        clientcode: customer.clientCode,
        name: "TEST USER",
        email: "",
        mobileno: "",
        exchanges: ["nse_cm"],
        products: ["CNC"],
      };
    case "getOrderBook":
      return state.orders.map((orderid) => ({ orderid, status: "open" }));
    case "getHolding":
      return [{ tradingsymbol: "INVENTED-EQ", exchange: "NSE", quantity: 10, averageprice: 100.5, ltp: 101 }];
    case "getRMS":
      return { net: "100000.00", availablecash: "100000.00" };
    default:
      return [];
  }
}
