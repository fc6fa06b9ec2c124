import { type Json, parseJson } from "../json.ts";
import type { Reply } from "../reply.ts";
import { numberOf, textOf } from "../scenario.ts";
import type { Account } from "./account-state.ts";
import type { ZerodhaBroker } from "./broker.ts";
import { NO_PERMISSION, inputRefusal } from "./refusal.ts";
import { type Admitted, admit } from "./session-gate.ts";
import { type StepContext, accepted, authorizationOf, isFormType, isReply, refused } from "./step.ts";

/** A report on the account. */
export function report(broker: ZerodhaBroker, context: StepContext): Reply {
  const entered = enter(broker, context);
  return isReply(entered) ? entered : succeed(context, dataOf(context, entered.account));
}

/** Market data, which the free plan lacks (reference section 5). */
export function marketData(broker: ZerodhaBroker, context: StepContext): Reply {
  const entered = enter(broker, context);
  if (isReply(entered)) return entered;
  if (entered.account.customer.plan === "personal") return refused(context, NO_PERMISSION);
  return succeed(context, dataOf(context, entered.account));
}

/** Lists of instruments come as CSV, under this very content type: the official client compares the whole of it. */
export function table(broker: ZerodhaBroker, context: StepContext): Reply {
  const entered = enter(broker, context);
  if (isReply(entered)) return entered;
  const columns =
    context.step === "mf-instruments"
      ? "tradingsymbol,amc,name,last_price\nINF000X00000,INVENTED_MF,Invented Fund,10.5"
      : "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,segment,exchange\n738561,2885,INVENTED,INVENTED LTD,0,,0,0.05,1,EQ,NSE,NSE";
  return accepted(context, { status: 200, headers: { "content-type": "text/csv" }, body: `${columns}\n` });
}

/** Calculations: JSON in, nothing changes. */
export function calculation(broker: ZerodhaBroker, context: StepContext): Reply {
  const entered = enter(broker, context);
  if (isReply(entered)) return entered;
  const asked = parseJson(context.request.body.toString("utf8"));
  if (!Array.isArray(asked)) return refused(context, inputRefusal("body", "Invalid JSON."));
  const each = asked.map(() => ({ type: "equity", total: 0 }));
  return succeed(
    context,
    context.step === "basket-margins" ? { initial: { total: 0 }, final: { total: 0 }, orders: each } : each,
  );
}

/** Whatever changes something: a form in, a number out. */
export function change(broker: ZerodhaBroker, context: StepContext): Reply {
  const entered = enter(broker, context);
  if (isReply(entered)) return entered;
  const { method, body, headers } = context.request;
  if (method !== "DELETE" && (body.length === 0 || !isFormType(headers["content-type"])))
    return refused(context, inputRefusal("body", "Missing form fields."));
  if (context.step === "convert-position") return succeed(context, true);
  if (context.step.endsWith("gtt")) return succeed(context, { trigger_id: Number(lastPart(context)) || 1 });
  const name = context.step.includes("sip") ? "sip_id" : "order_id";
  return succeed(context, { [name]: method === "POST" ? nextNumber(broker, entered.account) : lastPart(context) });
}

/** Orders are the calls of which it is known that they look at the address (reference section 8). The status is our choice. */
export function order(broker: ZerodhaBroker, context: StepContext): Reply {
  const entered = enter(broker, context);
  if (isReply(entered)) return entered;
  const address = broker.callers.of(context.request.remoteAddress);
  if (!entered.account.state.listedAddresses.includes(address))
    return refused(context, { ...NO_PERMISSION, reason: "ip-not-allowed", message: notAllowed(address) });
  const { method, body, headers } = context.request;
  if (method !== "DELETE" && (body.length === 0 || !isFormType(headers["content-type"])))
    return refused(context, inputRefusal("body", "Missing form fields."));
  if (method !== "POST") return succeed(context, { order_id: lastPart(context) });
  const number = nextNumber(broker, entered.account);
  entered.account.state = { ...entered.account.state, orders: [...entered.account.state.orders, number] };
  return succeed(context, { order_id: number });
}

function nextNumber({ now }: ZerodhaBroker, { state }: Account): string {
  const day = new Date(now()).toISOString().slice(2, 10).replaceAll("-", "");
  return `${day}${String(state.orders.length + 1).padStart(9, "0")}`;
}

function lastPart({ request }: StepContext): string {
  return request.path.split("/").at(-1) ?? "";
}

const notAllowed = (address: string): string => `IP (${address}) is not allowed`;

function succeed(context: StepContext, data: Json): Reply {
  if (context.take("empty-success") !== undefined) return accepted(context, { status: 200, body: {} });
  return accepted(context, { status: 200, body: { status: "success", data } });
}

/** The header, the session, and what else may be in the way. */
function enter(broker: ZerodhaBroker, context: StepContext): Admitted | Reply {
  const echo = context.take("echo-secrets");
  if (echo !== undefined) {
    const refusal = inputRefusal("echo", `Cannot process ${JSON.stringify(context.request.headers)}`);
    return refused(context, { ...refusal, status: numberOf(echo, "status") ?? refusal.status });
  }
  const admitted = admit(broker, context, authorizationOf(context.request) ?? { apiKey: "", token: "" });
  if (isReply(admitted)) return admitted;
  const odd = context.take("success-with-exception");
  if (odd !== undefined) {
    const errorType = textOf(odd, "errorType") ?? "TokenException";
    return refused(context, { reason: "exception-in-200", status: 200, errorType, message: "Something is wrong." });
  }
  if (context.take("permission") !== undefined) return refused(context, NO_PERMISSION);
  const address = context.take("ip-not-allowed");
  if (address === undefined) return admitted;
  return refused(context, {
    reason: "ip-not-allowed",
    status: numberOf(address, "status") ?? 403,
    errorType: textOf(address, "errorType") ?? "PermissionException",
    message: notAllowed("2001:db8::77"),
  });
}

function dataOf(context: StepContext, { customer, state }: Account): Json {
  const { query } = context.request;
  switch (context.step) {
    case "profile":
      return {
        user_id: customer.userId,
        user_name: customer.userName ?? "TEST USER",
        user_type: "individual",
        email: `${customer.userId.toLowerCase()}@example.com`,
        broker: "ZERODHA",
        exchanges: ["NSE", "NFO", "BSE"],
        meta: { demat_consent: "consent" },
      };
    case "margins":
      return context.request.path.endsWith("/margins")
        ? { equity: { enabled: true, net: 100_000 }, commodity: { enabled: false, net: 0 } }
        : { enabled: true, net: 100_000 };
    case "positions":
      return { net: [], day: [] };
    case "holdings":
      return [{ tradingsymbol: "INVENTED", exchange: "NSE", quantity: 10, average_price: 100.5, last_price: 101 }];
    case "orders":
      return state.orders.map((number) => ({ order_id: number, status: "OPEN" }));
    case "historical":
      return { candles: [["2031-03-03T09:15:00+0530", 100, 101, 99, 100.5, 1000]] };
    case "quote":
    case "ohlc":
    case "ltp":
      return Object.fromEntries(
        query.getAll("i").map((name) => [name, { instrument_token: 738_561, last_price: 101 }]),
      );
    case "gtt":
      return { id: Number(lastPart(context)) || 1, status: "active" };
    case "trigger-range":
      return {};
    default:
      return [];
  }
}
