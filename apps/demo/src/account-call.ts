import { type BrokerAuth, type BrokerAuthErrorCode, isBrokerAuthError } from "@x/core";
import { brokerFacts, type DemoProvider } from "./broker-facts.ts";

/** How one authorised call went. */
export interface CallReport {
  readonly account: string;
  readonly broker: string;
  readonly method: string;
  readonly path: string;
  /** Null if no answer reached the caller. */
  readonly status: number | null;
  readonly ok: boolean;
  readonly error?: FailureReport;
}

/** What a person needs to know of a failure. */
export interface FailureReport {
  readonly code: BrokerAuthErrorCode | "unexpected";
  readonly message: string;
  readonly action: string;
}

/** What became of an order, as far as this program can know. */
export interface OrderReport extends CallReport {
  /**
   * `accepted`: the broker took it. `refused`: it did not. `not_executed`: it was never looked at, and the strategy may decide anew.
   * `unknown`: it left and no clear answer came; it may stand in the order book, so no program should send it again.
   */
  readonly fate: "accepted" | "refused" | "not_executed" | "unknown";
}

type CallAuth = Pick<BrokerAuth<DemoProvider, string, string>, "fetch" | "status">;

/** Makes the cheapest call of the account's broker, or sends an order, once. Whatever happens is in the report. */
export async function callAccount(
  auth: CallAuth,
  account: string,
  what: "read" | "order" = "read",
): Promise<CallReport> {
  const { broker } = await auth.status(account);
  const { method, path, body, ...rest } = brokerFacts[broker as DemoProvider["broker"]][what];
  const facts = { account, broker, method, path };
  try {
    const init = { method, ...rest, ...(body === undefined ? {} : { body: body() }) };
    const response = await auth.fetch(account, path, init);
    await response.body?.cancel();
    return { ...facts, status: response.status, ok: response.ok };
  } catch (error) {
    const status = isBrokerAuthError(error) ? (error.status ?? null) : null;
    return { ...facts, status, ok: false, error: failure(error) };
  }
}

/** Sends an order, once. */
export async function sendOrder(auth: CallAuth, account: string): Promise<OrderReport> {
  const call = await callAccount(auth, account, "order");
  return { ...call, fate: fateOf(call) };
}

function fateOf({ ok, error }: CallReport): OrderReport["fate"] {
  if (error === undefined) return ok ? "accepted" : "refused";
  return error.code === "unexpected" || error.code === "outcome_unknown" ? "unknown" : "not_executed";
}

export function failure(error: unknown): FailureReport {
  if (isBrokerAuthError(error)) return { code: error.code, message: error.message, action: error.action };
  const message = error instanceof Error ? error.message : String(error);
  return { code: "unexpected", message, action: "Look at the message." };
}
