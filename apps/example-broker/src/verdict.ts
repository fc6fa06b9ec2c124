import { busyVerdict, isListed, type Refusal, type ResponseView, type Verdict } from "@x/core/adapter";
import { names, readingPaths } from "./endpoints.ts";
import { readFailure } from "./failure-body.ts";

/** The same status stands for a dead session and for a missing permission: the body tells. Nothing but that one word is death. */
export function classify(answer: ResponseView, now: number): Verdict {
  if (answer.status !== 403) return busyVerdict(answer, names.title, now) ?? { kind: "alive" };
  const { code } = readFailure(answer.json);
  if (code === "TokenException") return { kind: "dead", brokerCode: code };
  // A 403 without a word may be a proxy's.
  return code === undefined ? { kind: "suspect", otherwise: denied } : { kind: "refused", refusal: denied };
}

const denied: Refusal = { code: "permission_denied", message: "the broker denies this account or app the call" };

/** Whether a request only reads: those of a list. */
export function isRead(request: { readonly method: string; readonly path: string }): boolean {
  return isListed(readingPaths, request);
}
