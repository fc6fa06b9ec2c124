import {
  busyVerdict,
  deniedCall,
  listed,
  isPage,
  type Refusal,
  type RequestLine,
  type ResponseView,
  type Verdict,
} from "@x/core/adapter";
import { endpoints, names, orderPaths, readingPaths } from "./endpoints.ts";
import { addressText, readFailure } from "./failure-body.ts";

/**
 * What an answer says about the session, by its status. A 440 is not always a dead session (a report for a day that has none gives one as
 * well), so only the probe's own path counts at once, and there no page, which some proxy has written; everywhere else the probe decides
 * (nubra.md section 8). A text about the network address counts under any error status, whatever that status would mean without it.
 */
export function classify(answer: ResponseView, now: number): Verdict {
  const { status, path } = answer;
  if (status >= 400 && addressText.test(readFailure(answer.json).text))
    return { kind: "refused", refusal: wrongAddress };
  // Without JSON it is some proxy's page, or the broker without a word.
  if (status === 440 || status === 401)
    return path === endpoints.userInfo.path && !isPage(answer) ? { kind: "dead" } : { kind: "suspect" };
  if (status === 403) return { kind: "suspect", otherwise: deniedCall(answer, names.title, deniedAction) };
  return busyVerdict(answer, names.title, now) ?? { kind: "alive" };
}

const wrongAddress: Refusal = {
  code: "ip_not_allowed",
  message: "Nubra takes this call only from a registered static IP; the session is alive",
};

const deniedAction =
  "For a trading call ask network() whether this address is registered; else ask Nubra to enable API access for the account.";

/** Whether a request only reads: those of a list. */
export const isRead: (request: RequestLine) => boolean = listed(readingPaths);

/** Whether a request places, changes or cancels an order: those of a list. */
export const isOrder: (request: RequestLine) => boolean = listed(orderPaths);
