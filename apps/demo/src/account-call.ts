import { type BrokerAuth, type BrokerAuthErrorCode, isBrokerAuthError } from "@x/core";
import { jData } from "@x/kotak-neo";
import type { DemoProvider } from "./demo-configuration.ts";

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

/** A request as a broker spells it. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: () => string | URLSearchParams;
}

export type CallAuth = Pick<BrokerAuth<DemoProvider, string, string>, "fetch" | "status">;

/** Each broker's cheapest call that only a live session opens. */
const calls: Readonly<Record<DemoProvider["broker"], Request>> = {
  nubra: { method: "GET", path: "/userinfo" },
  "kotak-neo": {
    method: "POST",
    path: "/quick/user/limits",
    body: () => jData({ seg: "ALL", exch: "ALL", prod: "ALL" }),
  },
};

/** Makes the call of the account's broker. What fails at the broker is part of the report. */
export function callAccount(auth: CallAuth, account: string): Promise<CallReport> {
  return sendRequest(auth, account, calls);
}

/** Sends the request of the account's broker, once. Whatever happens is in the report. */
export async function sendRequest(
  auth: CallAuth,
  account: string,
  requests: Readonly<Record<DemoProvider["broker"], Request>>,
): Promise<CallReport> {
  const { broker } = await auth.status(account);
  const { method, path, body, ...rest } = requests[broker as DemoProvider["broker"]];
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

export function failure(error: unknown): FailureReport {
  if (isBrokerAuthError(error)) return { code: error.code, message: error.message, action: error.action };
  const message = error instanceof Error ? error.message : String(error);
  return { code: "unexpected", message, action: "Look at the message." };
}
