import { type Refusal, type ResponseView, retryAfter, type Verdict } from "@x/core/adapter";
import { endpoints } from "./endpoints.ts";

/**
 * What an answer says about the session, by its status. A 440 is not always a dead session (a report for a day that has none gives one as
 * well), so only the probe's own path counts at once, and there no page, which some proxy has written; everywhere else the probe decides
 * (nubra.md section 8). Refusals about the network
 * address come as 400 with a text and pass through to the caller: `network` is the call that tells them.
 */
export function judge(answer: ResponseView, now: number): Verdict {
  const { status, path } = answer;
  if (status === 440 || status === 401) {
    const page = /\bhtml\b/i.test(answer.header("content-type") ?? "");
    return path === endpoints.userInfo.path && !page ? { kind: "dead" } : { kind: "suspect" };
  }
  if (status === 403) return { kind: "suspect", otherwise: denied };
  const retryAfterMs = retryAfter(answer.header("retry-after"), now);
  if (status === 429)
    return {
      kind: "refused",
      refusal: { code: "rate_limited", message: "Nubra asks for fewer requests (429)", retryAfterMs },
    };
  if (status >= 500) {
    return {
      kind: "refused",
      refusal: {
        code: "broker_unavailable",
        message: `Nubra answered that it is not working (${status})`,
        retryAfterMs,
      },
    };
  }
  return { kind: "alive" };
}

const denied: Refusal = {
  code: "permission_denied",
  message: "Nubra denied this call (403); the session is alive",
  action:
    "For a trading call ask network() whether this address is registered; else ask Nubra to enable API access for the account.",
};

/** GET and HEAD, but for the one GET that has an effect: each generate-secret makes a new secret (nubra.md section 9.5). */
export function isRead({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return (method === "GET" || method === "HEAD") && path !== endpoints.generateTotp.path;
}
