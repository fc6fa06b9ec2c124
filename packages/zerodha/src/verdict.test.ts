import type { ResponseView } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { refusedAs, startedAt } from "./testing/test-environment.ts";
import { classify, isOrder, isRead } from "./verdict.ts";

const view = (status: number, json?: unknown, headers: Readonly<Record<string, string>> = {}): ResponseView => {
  const header = (name: string): string | undefined => headers[name];
  return { method: "GET", path: "/portfolio/holdings", status, header, json };
};
const kindOf = (...given: Parameters<typeof view>): string => {
  const verdict = classify(view(...given), startedAt);
  return verdict.kind === "refused" ? verdict.refusal.code : verdict.kind;
};
const elsewhere = "IP (2001:db8::7) is not allowed";

describe("403", () => {
  it.each<[string, unknown]>([
    ["dead", refusedAs("TokenException", "Incorrect `api_key` or `access_token`.")],
    ["dead", refusedAs("TokenException", "")],
    ["permission_denied", refusedAs("PermissionException", "Insufficient permission for that call.")],
    ["ip_not_allowed", refusedAs("PermissionException", elsewhere)],
    ["ip_not_allowed", refusedAs("TokenException", elsewhere)],
    ["alive", refusedAs("OrderException")],
    ["alive", refusedAs("InputException")],
    ["alive", refusedAs("MarginException")],
    ["alive", refusedAs("HoldingException")],
    ["alive", refusedAs("UserException")],
    ["suspect", refusedAs("unheard-of")],
    ["suspect", {}],
    ["suspect", undefined],
  ])("is %s with the body %j", (verdict, json) => {
    expect(kindOf(403, json)).toBe(verdict);
  });

  it("of a page proves nothing", () => {
    expect(kindOf(403, undefined, { "content-type": "text/html" })).toBe("suspect");
  });
});

it.each<[number, unknown, string]>([
  [200, undefined, "alive"],
  [400, refusedAs("InputException"), "alive"],
  [400, refusedAs("InputException", elsewhere), "ip_not_allowed"],
  // A dead session's word under another status: the probe decides.
  [400, refusedAs("TokenException"), "suspect"],
  [401, undefined, "alive"],
  [404, refusedAs("GeneralException"), "alive"],
  [429, {}, "rate_limited"],
  [500, refusedAs("GeneralException"), "broker_unavailable"],
  [502, undefined, "broker_unavailable"],
  [503, refusedAs("NetworkException"), "broker_unavailable"],
  [500, refusedAs("TokenException"), "suspect"],
])("%i with %j is %s", (status, json, verdict) => {
  expect(kindOf(status, json)).toBe(verdict);
});

it("names the broker's word, and says how long to wait", () => {
  expect(classify(view(403, refusedAs("TokenException")), startedAt)).toStrictEqual({
    kind: "dead",
    brokerCode: "TokenException",
  });
  expect(classify(view(429, {}, { "retry-after": "3" }), startedAt)).toMatchObject({ refusal: { retryAfterMs: 3000 } });
});

describe("a read", () => {
  it.each([
    ["GET", "/user/profile"],
    ["HEAD", "/portfolio/holdings?x=1"],
    ["GET", "/user/margins/equity"],
    ["GET", "/orders"],
    ["GET", "/orders/310303000000001/trades"],
    ["GET", "/quote/ltp?i=NSE:INVENTED"],
    ["GET", "/instruments/historical/738561/day"],
    ["POST", "/margins/orders?mode=compact"],
    ["POST", "/charges/orders"],
  ])("is %s %s", (method, path) => {
    expect(isRead({ method, path })).toBe(true);
  });

  it.each([
    ["POST", "/orders/regular"],
    ["PUT", "/orders/regular/310303000000001"],
    ["DELETE", "/orders/regular/310303000000001"],
    ["DELETE", "/session/token"],
    ["PUT", "/portfolio/positions"],
    ["POST", "/gtt/triggers"],
    ["GET", "//orders"],
    ["GET", "/orders/"],
    ["GET", "/orders/a/b/c"],
    ["GET", "/session/token"],
  ])("is not %s %s", (method, path) => {
    expect(isRead({ method, path })).toBe(false);
  });
});

describe("order calls", () => {
  it.each([
    ["POST", "/orders/regular"],
    ["PUT", "/orders/regular/151220000000000"],
    ["DELETE", "/orders/co/151220000000000?x=1"],
  ])("%s %s is one, and no read", (method, path) => {
    expect([isOrder({ method, path }), isRead({ method, path })]).toEqual([true, false]);
  });

  it.each([
    ["GET", "/orders/regular"],
    ["DELETE", "/session/token"],
    ["POST", "/session/token"],
    ["POST", "/orders/../session/token"],
  ])("%s %s is none", (method, path) => {
    expect(isOrder({ method, path })).toBe(false);
  });
});
