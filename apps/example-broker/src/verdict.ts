import { type ResponseView, retryAfter, type Verdict, wirePath } from "@x/core/adapter";
import { readingPaths } from "./endpoints.ts";
import { readErrorType } from "./responses.ts";

const denied = { code: "permission_denied", message: "the broker denies this account or app the call" } as const;

/** The same status stands for a dead session and for a missing permission: the body tells. Nothing but that one word is death. */
export function classify(answer: ResponseView, now: number): Verdict {
  const { status, json } = answer;
  if (status === 403) {
    const errorType = readErrorType(json);
    if (errorType === "TokenException") return { kind: "dead", brokerCode: errorType };
    // A 403 without a word may be a proxy's.
    return errorType === undefined ? { kind: "suspect", otherwise: denied } : { kind: "refused", refusal: denied };
  }
  if (status === 429) {
    const retryAfterMs = retryAfter(answer.header("retry-after"), now);
    return {
      kind: "refused",
      refusal: { code: "rate_limited", message: "the broker asks for fewer requests", retryAfterMs },
    };
  }
  if (status >= 500) {
    const message = `the broker answered ${status}: it is not working now; the session is kept`;
    return { kind: "refused", refusal: { code: "broker_unavailable", message } };
  }
  return { kind: "alive" };
}

/** Whether a request only reads. Everything that is not on the list is taken for an order, GET or not. */
export function isRead({ method, path }: { readonly method: string; readonly path: string }): boolean {
  const known = wirePath(path);
  return known !== undefined && readingPaths[method.toUpperCase()]?.includes(known) === true;
}
