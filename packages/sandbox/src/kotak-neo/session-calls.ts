import { type JsonObject, isJsonObject, parseJson } from "../json.ts";
import type { Reply } from "../reply.ts";
import type { Account } from "./account-state.ts";
import type { KotakNeoBroker } from "./broker.ts";
import { type StepContext, accepted, isReply, lookOf, refused } from "./step.ts";
import { loginRefusal, wrongAccessToken } from "./refusal.ts";
import { type Admitted, admit } from "./session-gate.ts";
import {
  ADDRESS_NOT_LISTED,
  MISSING_TRADING_HEADER,
  NO_DATA,
  SESSION_FROM_ELSEWHERE,
  inputRefusal,
} from "./session-refusal.ts";

/** A report without a body to send. Reads never look at the address (reference section 12 rule 9). */
export function report(broker: KotakNeoBroker, context: StepContext): Reply {
  const entered = enter(broker, context, "read");
  return isReply(entered) ? entered : show(context, entered.account);
}

/** A report that takes its question in `jData`. */
export function formReport(broker: KotakNeoBroker, context: StepContext): Reply {
  const entered = enter(broker, context, "read");
  if (isReply(entered)) return entered;
  const form = readForm(context);
  return isReply(form) ? form : show(context, entered.account);
}

function show(context: StepContext, account: Account): Reply {
  if (context.take("no-data") !== undefined) return accepted(context, NO_DATA);
  const body: JsonObject = { stat: "Ok", stCode: 200 };
  if (context.step === "limits")
    return accepted(context, {
      status: 200,
      body: { ...body, Category: "CLIENT", Net: "100000.00", MarginUsed: "0.00" },
    });
  const orders = account.state.orders.map((nOrdNo) => ({ nOrdNo, ordSt: "open" }));
  if (context.step === "order") {
    const data = orders.filter(({ nOrdNo }) => context.request.path.endsWith(`/${nOrdNo}`));
    return accepted(context, data.length === 0 ? NO_DATA : { status: 200, body: { ...body, data } });
  }
  return accepted(context, { status: 200, body: { ...body, data: context.step === "orders" ? orders : [] } });
}

/** Placing, modifying and cancelling: the only calls that look at the address. Which check comes first is not known; the session is our choice. */
export function order(broker: KotakNeoBroker, context: StepContext): Reply {
  const entered = enter(broker, context, "order");
  if (isReply(entered)) return entered;
  const { account, session } = entered;
  const address = broker.callers.of(context.request.remoteAddress);
  if (context.take("ip-not-allowed") !== undefined || !account.state.listedAddresses.includes(address)) {
    return refused(context, "ip-not-allowed", ADDRESS_NOT_LISTED);
  }
  if (context.take("session-ip") !== undefined || session.address !== address)
    return refused(context, "session-ip", SESSION_FROM_ELSEWHERE);
  const form = readForm(context);
  if (isReply(form)) return form;
  const nOrdNo = context.step === "place-order" ? takeOrder(broker, account) : orderNumber(form.jData);
  return accepted(context, { status: 200, body: { nOrdNo, stat: "Ok", stCode: 200 } });
}

function takeOrder(broker: KotakNeoBroker, account: Account): string {
  const day = new Date(broker.now()).toISOString().slice(2, 10).replaceAll("-", "");
  const nOrdNo = `${day}${String(account.state.orders.length + 1).padStart(9, "0")}`;
  account.state = { ...account.state, orders: [...account.state.orders, nOrdNo] };
  return nOrdNo;
}

function orderNumber(data: JsonObject): string {
  const number = data["no"] ?? data["on"];
  return typeof number === "string" ? number : "";
}

/** Quotes and scrip master: the access token is all they ask for, and no session is looked at (reference section 7). */
export function publicData(broker: KotakNeoBroker, context: StepContext): Reply {
  const { authorization } = context.request.headers;
  const known = broker.accounts.some(({ state }) => state.accessToken === authorization);
  const wrong = context.take("wrong-access-token");
  if (authorization === undefined) return refused(context, "missing-header", MISSING_TRADING_HEADER);
  if (wrong !== undefined || !known) {
    return refused(
      context,
      "wrong-access-token",
      loginRefusal(wrongAccessToken(authorization), lookOf(broker, wrong), 1),
    );
  }
  if (context.step === "scrip-master") {
    return accepted(context, {
      status: 200,
      body: { data: { baseFolder: "https://scrips.example.com", filesPaths: [] } },
    });
  }
  return accepted(context, {
    status: 200,
    body: [{ exchange_token: "11536", exchange: "nse_cm", ltp: "100.00", last_volume: "0" }],
  });
}

/**
 * Reference section 7: `neo-fin-key` as documented. The sdk's orders carry the access token in its place, and its reads neither (grade A), so
 * only an order without both is refused.
 */
function enter(broker: KotakNeoBroker, context: StepContext, kind: "read" | "order"): Admitted | Reply {
  const { auth, sid, authorization, ...headers } = context.request.headers;
  const finKey = headers["neo-fin-key"];
  const alone = finKey === undefined && authorization === undefined;
  if (auth === undefined || sid === undefined || (alone && kind === "order")) {
    return refused(context, "missing-header", MISSING_TRADING_HEADER);
  }
  if (finKey !== undefined && finKey !== broker.neoFinKey)
    return refused(context, "wrong-fin-key", inputRefusal("Invalid neo-fin-key"));
  if (finKey === undefined) context.request.entry.note(alone ? "Sid and Auth alone" : "the sdk's set of headers");
  const echo = context.take("echo-secrets");
  if (echo !== undefined)
    return refused(context, "echo", inputRefusal(`Invalid request: ${JSON.stringify(context.request.headers)}`));
  const admitted = admit(broker, context);
  if (isReply(admitted)) return admitted;
  if (authorization !== undefined && authorization !== admitted.account.state.accessToken) {
    return refused(context, "wrong-access-token", loginRefusal(wrongAccessToken(authorization), broker.look, 1));
  }
  return admitted;
}

/** One form field `jData` with JSON text in it; a JSON body is refused (reference section 4, call 5). */
function readForm(context: StepContext): { readonly jData: JsonObject } | Reply {
  const { headers, body } = context.request;
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers["content-type"] ?? "")) {
    return refused(context, "content-type", inputRefusal("jData must be sent as a form"));
  }
  const values = new URLSearchParams(body.toString("utf8")).getAll("jData");
  const data = values.length === 1 ? parseJson(values[0] ?? "") : undefined;
  return isJsonObject(data)
    ? { jData: data }
    : refused(context, "body", inputRefusal("jData is missing or is no JSON object"));
}
