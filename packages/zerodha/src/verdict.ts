import {
  busyVerdict,
  deadVerdict,
  deniedCall,
  listAddress,
  listed,
  type Refusal,
  type RequestLine,
  type ResponseView,
  type Verdict,
} from "@x/core/adapter";
import { addressPlace, names, orderPaths, readingPaths } from "./endpoints.ts";
import { addressText, readFailure } from "./failure-body.ts";

/**
 * What an answer says about the session (zerodha.md section 5). One status, 403, is a dead session, a plan without the call, a wrong address or
 * a firewall: the text decides first, then the error type, and where there is neither the probe does. Nothing but `TokenException` is death.
 */
export function classify(answer: ResponseView, now: number): Verdict {
  const { status, json } = answer;
  const { text, errorType } = readFailure(json);
  if (status >= 400 && addressText.test(text)) return { kind: "refused", refusal: wrongAddress };
  const busy = busyVerdict(answer, names.title, now);
  if (busy !== undefined) return errorType === "TokenException" ? deadVerdict(errorType, busy) : busy;
  if (status !== 403) return errorType === "TokenException" && status >= 400 ? { kind: "suspect" } : { kind: "alive" };
  if (errorType === "TokenException") return deadVerdict(errorType, busy);
  if (errorType === "PermissionException")
    return { kind: "refused", refusal: { ...noPermission, brokerCode: errorType } };
  // A word about an order, an input, a margin: the session was good enough to come this far.
  return errorType === undefined ? { kind: "suspect", otherwise: deniedCall(answer, names.title) } : { kind: "alive" };
}

const wrongAddress: Refusal = {
  code: "ip_not_allowed",
  message: "Zerodha does not take this call from this network address; the session is alive",
  action: `${listAddress(addressPlace)} A new login does not help.`,
};

const noPermission: Refusal = {
  code: "permission_denied",
  message: "this app's plan at Zerodha does not have the call; the session is alive",
  action: "Look at the app's plan in the Kite Connect developer console: a free one has no market data and no socket.",
};

/** Whether a request only reads: those of a list. */
export const isRead: (request: RequestLine) => boolean = listed(readingPaths);

/** Whether a request places, changes or cancels an order: those of a list. */
export const isOrder: (request: RequestLine) => boolean = listed(orderPaths);
