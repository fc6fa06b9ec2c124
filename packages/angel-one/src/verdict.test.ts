import type { ResponseView } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { sessionCodes } from "./failure-body.ts";
import { refusedBy, startedAt, stoppedBy, success } from "./testing/answers.ts";
import { classify, isOrder, isRead } from "./verdict.ts";

const view = (status: number, json?: unknown, headers: Readonly<Record<string, string>> = {}): ResponseView => {
  const header = (name: string): string | undefined => headers[name];
  return { method: "GET", path: "/rest/secure/angelbroking/portfolio/v1/getHolding", status, header, json };
};
const kindOf = (...given: Parameters<typeof view>): string => {
  const verdict = classify(view(...given), startedAt);
  if (verdict.kind === "suspect" && verdict.otherwise !== undefined) return `suspect or ${verdict.otherwise.code}`;
  return verdict.kind === "refused" ? verdict.refusal.code : verdict.kind;
};
const tooFast = "Access denied because of exceeding rate limit";

it.each(sessionCodes)("%s is a dead session in both envelopes, under 200, 401 and 403 alike", (code) => {
  for (const status of [200, 400, 401, 403])
    for (const json of [stoppedBy(code), refusedBy(code), { success: "false", errorCode: code }])
      expect(classify(view(status, json), startedAt)).toStrictEqual({ kind: "dead", brokerCode: code });
});

it.each([...sessionCodes, "AG7002", "AG8004"])(
  "an order that was taken is no refusal, whatever code stands beside it: %s",
  (code) => {
    const taken = success({ orderid: "1001" });
    expect(kindOf(200, { ...taken, errorcode: code })).toBe("alive");
    expect(kindOf(200, { success: "true", errorCode: code, data: { orderid: "1001" } })).toBe("alive");
    // Nor does a success count where the envelope or the status says no as well.
    expect(kindOf(200, { ...taken, success: false, errorcode: code })).not.toBe("alive");
    expect(kindOf(401, { ...taken, errorcode: code })).not.toBe("alive");
  },
);

describe("403", () => {
  it.each<[string, unknown, Record<string, string>]>([
    ["rate_limited", stoppedBy("", tooFast), {}],
    ["rate_limited", stoppedBy("", "exceeding access rate"), {}],
    ["ip_not_allowed", stoppedBy("AG7002"), {}],
    ["suspect or permission_denied", stoppedBy("AB9999", "not in your plan"), {}],
    ["suspect or permission_denied", undefined, {}],
    ["suspect or permission_denied", undefined, { "content-type": "text/html" }],
    // A plain text cannot be read here, and the rate limit's is the one on record.
    ["suspect or rate_limited", undefined, { "content-type": "text/plain" }],
  ])("is %s with %j and %j: never dead by itself", (verdict, json, headers) => {
    expect(kindOf(403, json, headers)).toBe(verdict);
  });
});

it.each<[number, unknown, string]>([
  [200, undefined, "alive"],
  [200, success([]), "alive"],
  [200, refusedBy("AB1006", "Client is blocked for trading"), "alive"],
  [200, refusedBy("AB9999"), "alive"],
  [200, stoppedBy("AG7002", "Access denied: Unregistered IP address"), "ip_not_allowed"],
  [200, stoppedBy("", "Access denied: Unregistered IP address"), "ip_not_allowed"],
  [200, stoppedBy("AG8004"), "configuration"],
  [200, stoppedBy("", "Too many requests"), "rate_limited"],
  // An order's own text may hold the words of a refusal.
  [200, success({ message: "AG8001" }), "alive"],
  [200, { ...success([]), message: "Unregistered IP address" }, "alive"],
  [400, undefined, "alive"],
  [401, undefined, "dead"],
  [404, {}, "alive"],
  [429, {}, "rate_limited"],
  [500, refusedBy("AB2001"), "broker_unavailable"],
  [502, undefined, "broker_unavailable"],
  [500, stoppedBy("AG8001"), "suspect or broker_unavailable"],
])("%i with %j is %s", (status, json, verdict) => {
  expect(kindOf(status, json)).toBe(verdict);
});

it("a page is nobody's word about a session", () => {
  const page = { "content-type": "text/html" };
  expect([kindOf(200, undefined, page), kindOf(401, undefined, page)]).toStrictEqual(["alive", "suspect"]);
});

describe("a read", () => {
  const secure = "/rest/secure/angelbroking";
  it.each([
    ["GET", "/user/v1/getProfile"],
    ["HEAD", "/portfolio/v1/getHolding?x=1"],
    ["GET", "/order/v1/details/310303000000001"],
    ["POST", "/market/v1/quote"],
    ["POST", "/historical/v1/getCandleData"],
    ["POST", "/gtt/v1/ruleList"],
  ])("is %s %s", (method, path) => {
    expect(isRead({ method, path: secure + path })).toBe(true);
  });

  it.each([
    ["POST", "/order/v1/placeOrder"],
    ["POST", "/order/v1/cancelOrder"],
    ["GET", "/order/v1/placeOrder"],
    ["POST", "/order/v1/convertPosition"],
    ["POST", "/edis/v1/generateTPIN"],
    ["POST", "/gtt/v1/createRule"],
    ["POST", "/user/v1/logout"],
    ["GET", "//user/v1/getProfile"],
    ["GET", "/user/v1/getProfile/"],
    ["GET", "/market/v1/quote"],
  ])("is not %s %s", (method, path) => {
    expect(isRead({ method, path: secure + path })).toBe(false);
  });
});

describe("order calls", () => {
  it.each([
    ["POST", "/rest/secure/angelbroking/order/v1/placeOrder"],
    ["post", "/rest/secure/angelbroking/order/v1/cancelOrder?x=1"],
  ])("%s %s is one, and no read", (method, path) => {
    expect([isOrder({ method, path }), isRead({ method, path })]).toEqual([true, false]);
  });

  it.each([
    ["GET", "/rest/secure/angelbroking/order/v1/placeOrder"],
    ["POST", "/rest/secure/angelbroking/user/v1/logout"],
    ["POST", "/rest/secure/angelbroking/order/v1/../../user/v1/logout"],
    ["POST", "/rest/secure/angelbroking/order/v1/searchScrip"],
  ])("%s %s is none", (method, path) => {
    expect(isOrder({ method, path })).toBe(false);
  });
});
