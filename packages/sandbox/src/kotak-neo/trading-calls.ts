import { type JsonObject, isJsonObject, parseJson } from "../json.ts";
import type { Reply } from "../reply.ts";
import type { Account } from "./account-state.ts";
import { type KotakNeoWorld, type Visit, accepted, isReply, lookOf, refused } from "./kotak-neo-world.ts";
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
export function report(world: KotakNeoWorld, visit: Visit): Reply {
  const entered = enter(world, visit, "read");
  return isReply(entered) ? entered : show(visit, entered.account);
}

/** A report that takes its question in `jData`. */
export function formReport(world: KotakNeoWorld, visit: Visit): Reply {
  const entered = enter(world, visit, "read");
  if (isReply(entered)) return entered;
  const form = readForm(visit);
  return isReply(form) ? form : show(visit, entered.account);
}

function show(visit: Visit, account: Account): Reply {
  if (visit.take("no-data") !== undefined) return accepted(visit, NO_DATA);
  const body: JsonObject = { stat: "Ok", stCode: 200 };
  if (visit.step === "limits")
    return accepted(visit, {
      status: 200,
      body: { ...body, Category: "CLIENT", Net: "100000.00", MarginUsed: "0.00" },
    });
  const orders = account.state.orders.map((nOrdNo) => ({ nOrdNo, ordSt: "open" }));
  if (visit.step === "order") {
    const data = orders.filter(({ nOrdNo }) => visit.request.path.endsWith(`/${nOrdNo}`));
    return accepted(visit, data.length === 0 ? NO_DATA : { status: 200, body: { ...body, data } });
  }
  return accepted(visit, { status: 200, body: { ...body, data: visit.step === "orders" ? orders : [] } });
}

/** Placing, modifying and cancelling: the only calls that look at the address. Which check comes first is not known; the session is our choice. */
export function order(world: KotakNeoWorld, visit: Visit): Reply {
  const entered = enter(world, visit, "order");
  if (isReply(entered)) return entered;
  const { account, session } = entered;
  const address = world.callers.of(visit.request.remoteAddress);
  if (visit.take("ip-not-allowed") !== undefined || !account.state.listedAddresses.includes(address)) {
    return refused(visit, "ip-not-allowed", ADDRESS_NOT_LISTED);
  }
  if (visit.take("session-ip") !== undefined || session.address !== address)
    return refused(visit, "session-ip", SESSION_FROM_ELSEWHERE);
  const form = readForm(visit);
  if (isReply(form)) return form;
  const nOrdNo = visit.step === "place-order" ? takeOrder(world, account) : orderNumber(form.jData);
  return accepted(visit, { status: 200, body: { nOrdNo, stat: "Ok", stCode: 200 } });
}

function takeOrder(world: KotakNeoWorld, account: Account): string {
  const day = new Date(world.now()).toISOString().slice(2, 10).replaceAll("-", "");
  const nOrdNo = `${day}${String(account.state.orders.length + 1).padStart(9, "0")}`;
  account.state = { ...account.state, orders: [...account.state.orders, nOrdNo] };
  return nOrdNo;
}

function orderNumber(data: JsonObject): string {
  const number = data["no"] ?? data["on"];
  return typeof number === "string" ? number : "";
}

/** Quotes and scrip master: the access token is all they ask for, and no session is looked at (reference section 7). */
export function publicData(world: KotakNeoWorld, visit: Visit): Reply {
  const { authorization } = visit.request.headers;
  const known = world.accounts.some(({ state }) => state.accessToken === authorization);
  const wrong = visit.take("wrong-access-token");
  if (authorization === undefined) return refused(visit, "missing-header", MISSING_TRADING_HEADER);
  if (wrong !== undefined || !known) {
    return refused(visit, "wrong-access-token", loginRefusal(wrongAccessToken(authorization), lookOf(world, wrong), 1));
  }
  if (visit.step === "scrip-master") {
    return accepted(visit, {
      status: 200,
      body: { data: { baseFolder: "https://scrips.example.com", filesPaths: [] } },
    });
  }
  return accepted(visit, {
    status: 200,
    body: [{ exchange_token: "11536", exchange: "nse_cm", ltp: "100.00", last_volume: "0" }],
  });
}

/**
 * Reference section 7: `neo-fin-key` as documented. The sdk's orders carry the access token in its place, and its reads neither (grade A), so
 * only an order without both is refused.
 */
function enter(world: KotakNeoWorld, visit: Visit, kind: "read" | "order"): Admitted | Reply {
  const { auth, sid, authorization, ...headers } = visit.request.headers;
  const finKey = headers["neo-fin-key"];
  const alone = finKey === undefined && authorization === undefined;
  if (auth === undefined || sid === undefined || (alone && kind === "order")) {
    return refused(visit, "missing-header", MISSING_TRADING_HEADER);
  }
  if (finKey !== undefined && finKey !== world.neoFinKey)
    return refused(visit, "wrong-fin-key", inputRefusal("Invalid neo-fin-key"));
  if (finKey === undefined) visit.request.entry.note(alone ? "Sid and Auth alone" : "the sdk's set of headers");
  const echo = visit.take("echo-secrets");
  if (echo !== undefined)
    return refused(visit, "echo", inputRefusal(`Invalid request: ${JSON.stringify(visit.request.headers)}`));
  const admitted = admit(world, visit);
  if (isReply(admitted)) return admitted;
  if (authorization !== undefined && authorization !== admitted.account.state.accessToken) {
    return refused(visit, "wrong-access-token", loginRefusal(wrongAccessToken(authorization), world.look, 1));
  }
  return admitted;
}

/** One form field `jData` with JSON text in it; a JSON body is refused (reference section 4, call 5). */
function readForm(visit: Visit): { readonly jData: JsonObject } | Reply {
  const { headers, body } = visit.request;
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers["content-type"] ?? "")) {
    return refused(visit, "content-type", inputRefusal("jData must be sent as a form"));
  }
  const values = new URLSearchParams(body.toString("utf8")).getAll("jData");
  const data = values.length === 1 ? parseJson(values[0] ?? "") : undefined;
  return isJsonObject(data)
    ? { jData: data }
    : refused(visit, "body", inputRefusal("jData is missing or is no JSON object"));
}
