import {
  busyVerdict,
  deadVerdict,
  deniedCall,
  listAddress,
  listed,
  isPage,
  type Refusal,
  type RequestLine,
  type ResponseView,
  type Verdict,
} from "@x/core/adapter";
import { addressPlace, names, orderPaths, readingPaths } from "./endpoints.ts";
import { addressText, rateText, readFailure, saysSuccess, sessionCodes } from "./failure-body.ts";

const alive: Verdict = { kind: "alive" };

/**
 * What an answer says about the session (angel-one.md sections 4 and 5). HTTP status proves nothing, so codes and texts decide first, under any status.
 * One status, 403, is a rate limit, a missing permission, an end or a firewall: without a word that is known the probe decides.
 */
export function classify(answer: ResponseView, now: number): Verdict {
  const { status } = answer;
  const { text, code, marked } = readFailure(answer.json);
  const busy = busyVerdict(answer, names.title, now);
  // An order that was taken is no dead session: whoever is told that it was not would send it again.
  if (status < 400 && saysSuccess(answer.json)) return busy ?? alive;
  if (marked && (code === "AG7002" || addressText.test(text)))
    return { kind: "refused", refusal: { ...wrongAddress, ...(code === undefined ? {} : { brokerCode: code }) } };
  if (code !== undefined && sessionCodes.includes(code)) return deadVerdict(code, busy);
  if (busy !== undefined) return busy;
  if (marked && rateText.test(text)) return { kind: "refused", refusal: tooFast };
  if (code === "AG8004") return { kind: "refused", refusal: { ...wrongKey, brokerCode: code } };
  if (status === 403)
    return { kind: "suspect", otherwise: isPlain(answer) ? tooFast : deniedCall(answer, names.title, deniedAction) };
  // Of a page nobody knows who wrote it.
  if (status === 401) return isPage(answer) ? { kind: "suspect" } : { kind: "dead" };
  return alive;
}

const wrongAddress: Refusal = {
  code: "ip_not_allowed",
  message: "Angel One takes orders only from a registered address; the session is alive",
  action: `${listAddress(addressPlace)} A new login does not help.`,
};

const tooFast: Refusal = {
  code: "rate_limited",
  message: "Angel One asks for fewer requests; the session is kept",
};

const wrongKey: Refusal = {
  code: "configuration",
  message: "Angel One does not know the API key; the session is kept",
  action: "Copy the API key of your app from smartapi.angelone.in again.",
};

const deniedAction =
  "Send fewer requests: beyond its rate limit Angel One answers so too. If it stays, look at the app on smartapi.angelone.in.";

// A text of its own is shown to nobody here. The one that is documented is the rate limit's (section 5).
function isPlain(answer: ResponseView): boolean {
  return answer.json === undefined && /^text\/plain\b/i.test(answer.header("content-type") ?? "");
}

/** Whether a request only reads: those of a list. */
export const isRead: (request: RequestLine) => boolean = listed(readingPaths);

/** Whether a request places, changes or cancels an order: those of a list. */
export const isOrder: (request: RequestLine) => boolean = listed(orderPaths);
