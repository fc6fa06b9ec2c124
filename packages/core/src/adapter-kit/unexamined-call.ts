import { type BrokerAnswer, retryAfter } from "./broker-call.ts";

/** What became of a call that was turned away before anybody looked at what it carried. */
export interface UnexaminedCall {
  readonly code: "rate_limited" | "broker_unavailable";
  /** As the answer asks for it, at most a day; undefined where it asks for nothing. */
  readonly retryAfterMs: number | undefined;
}

// Request Timeout, Misdirected Request, Too Early (RFC 9110 and 8470), and nginx's word for a client that it did not hear out.
const turnedAway: ReadonlySet<number> = new Set([408, 421, 425, 499]);

/**
 * Tells an answer that is about the way and not about the call: throttling, a server that sheds load (503 with a readable Retry-After), a
 * firewall (403 without JSON), a request that did not arrive whole. A factor in such a call was not looked at, so the answer is never a
 * refusal of it; undefined for every other answer. Ask it after the texts that name a factor, and before anything that a status may mean.
 */
export function unexaminedCall(answer: BrokerAnswer, now: number): UnexaminedCall | undefined {
  const { status, body } = answer;
  const retryAfterMs = retryAfter(answer.header("retry-after"), now);
  if (status === 429) return { code: "rate_limited", retryAfterMs };
  const shedsLoad = status === 503 && retryAfterMs !== undefined;
  const isFirewall = status === 403 && body !== "json";
  return turnedAway.has(status) || shedsLoad || isFirewall ? { code: "broker_unavailable", retryAfterMs } : undefined;
}
