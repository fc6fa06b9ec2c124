import { type Refusal, type ResponseView, retryAfter, type Verdict, wirePath } from "@x/core/adapter";
import { endpoints, readingPaths } from "./endpoints.ts";

/**
 * What an answer says about the session, by its status. A 440 is not always a dead session (a report for a day that has none gives one as
 * well), so only the probe's own path counts at once, and there no page, which some proxy has written; everywhere else the probe decides
 * (nubra.md section 8). A text about the network address counts under any error status, whatever that status would mean without it.
 */
export function classify(answer: ResponseView, now: number): Verdict {
  const { status, path } = answer;
  if (status >= 400 && addressText.test(errorText(answer.json))) return { kind: "refused", refusal: wrongAddress };
  if (status === 440 || status === 401) {
    const page = answer.json === undefined && /\bhtml\b/i.test(answer.header("content-type") ?? "");
    return path === endpoints.userInfo.path && !page ? { kind: "dead" } : { kind: "suspect" };
  }
  if (status === 403) return { kind: "suspect", otherwise: denied };
  const retryAfterMs = retryAfter(answer.header("retry-after"), now);
  if (status === 429)
    return {
      kind: "refused",
      refusal: { code: "rate_limited", message: "Nubra asks for fewer requests (429)", retryAfterMs },
    };
  // Beyond 599 it is no status of HTTP, and says nothing that is known.
  if (status >= 500 && status <= 599) {
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

// nubra.md section 8: no static IP registered, and the wrong one.
const addressText = /no ip addresses registered|ip address mismatch|trading access is restricted/i;

const wrongAddress: Refusal = {
  code: "ip_not_allowed",
  message: "Nubra takes this call only from a registered static IP; the session is alive",
};

const denied: Refusal = {
  code: "permission_denied",
  message: "Nubra, or something in front of it, denied this call (403); the session is kept",
  action:
    "For a trading call ask network() whether this address is registered; else ask Nubra to enable API access for the account.",
};

/**
 * Whether a request only reads: those of a list, by the path as it goes over the wire. Everything else is taken for an order, also a GET: each
 * generate-secret makes a new secret (nubra.md section 9.5).
 */
export function isRead(request: { readonly method: string; readonly path: string }): boolean {
  const method = request.method.toUpperCase();
  const path = wirePath(request.path);
  const reading = readingPaths[method === "HEAD" ? "GET" : method];
  return path !== undefined && reading !== undefined && reading.some((pattern) => pattern.test(path));
}

// nubra.md section 8: `error`, then `message`, then `detail`. By hand: judging must not load what only a login needs.
function errorText(json: unknown): string {
  const { error, message, detail } = (json ?? {}) as Record<string, unknown>;
  const text = [error, message, detail].find((given) => typeof given === "string" && given !== "");
  return typeof text === "string" ? text.slice(0, 500) : "";
}
