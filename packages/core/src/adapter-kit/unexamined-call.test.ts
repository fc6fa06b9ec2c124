import { describe, expect, it } from "vitest";
import type { BrokerAnswer } from "./broker-call.ts";
import { unexaminedCall } from "./unexamined-call.ts";

const now = Date.UTC(2031, 2, 3, 3, 30);

function answer(status: number, body: BrokerAnswer["body"] = "json", retryAfter?: string): BrokerAnswer {
  const header = (name: string): string | undefined => (name === "retry-after" ? retryAfter : undefined);
  return {
    broker: "toy",
    title: "Toy",
    step: "s",
    path: "/call",
    status,
    ok: false,
    body,
    json: body === "json" ? {} : undefined,
    header,
  };
}

describe("a call that nobody looked at", () => {
  it.each([408, 421, 425, 499])("is one that was turned away with %d, whatever its body", (status) => {
    for (const body of ["json", "empty", "other"] as const)
      expect(unexaminedCall(answer(status, body), now)).toEqual({ code: "broker_unavailable" });
  });

  it("is one that was throttled", () => {
    expect(unexaminedCall(answer(429), now)).toEqual({ code: "rate_limited" });
    expect(unexaminedCall(answer(429, "other", "7"), now)).toEqual({ code: "rate_limited", retryAfterMs: 7_000 });
  });

  it("is one that a firewall stopped: 403 without JSON", () => {
    for (const body of ["empty", "other"] as const)
      expect(unexaminedCall(answer(403, body), now)).toEqual({ code: "broker_unavailable" });
    expect(unexaminedCall(answer(403, "json"), now)).toBeUndefined();
  });

  it("is one that a server shed, which 503 says only with a readable Retry-After", () => {
    const told = { code: "broker_unavailable", retryAfterMs: 120_000 };
    expect(unexaminedCall(answer(503, "json", "120"), now)).toEqual(told);
    expect(unexaminedCall(answer(503, "other", new Date(now + 120_000).toUTCString()), now)).toEqual(told);
    for (const text of [undefined, "", "tomorrow", "-5", "1e9"])
      expect(unexaminedCall(answer(503, "json", text), now)).toBeUndefined();
  });

  it("is none of any other status", () => {
    const known = new Set([403, 408, 421, 425, 429, 499]);
    for (let status = 400; status < 600; status++)
      expect(unexaminedCall(answer(status), now) === undefined).toBe(!known.has(status) || status === 403);
  });
});
