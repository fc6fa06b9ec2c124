import type { ResponseView, Verdict } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { emptyReport, noData, shapes } from "./testing/answers.ts";
import { isOrder, isRead, classify } from "./verdict.ts";

const now = Date.UTC(2031, 2, 3, 3, 30);

interface Seen {
  readonly status?: number;
  readonly json?: unknown;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function judged({ status = 200, json, path = "/quick/user/positions", headers = {} }: Seen): Verdict {
  const view: ResponseView = { method: "GET", path, status, header: (name) => headers[name], json };
  return classify(view, now);
}

const refusedAs = (verdict: Verdict): string | undefined =>
  verdict.kind === "refused" ? verdict.refusal.code : undefined;
function said(verdict: Verdict): string | undefined {
  if (verdict.kind === "suspect") return verdict.otherwise?.message;
  return verdict.kind === "refused" ? verdict.refusal.message : undefined;
}

const html = { "content-type": "text/html; charset=utf-8" };

describe("a dead session", () => {
  const deadRows = [
    ["100022", 100_022, "invalid session token"],
    ["1003", 1003, "Invalid session"],
    ["900901", 900_901, "Invalid Credentials"],
    ["10020", 10_020, "Invalid session"],
    ["stCode 401", 401, "Expired session"],
    ["stCode 403", 403, "Expired session"],
  ] as const;
  for (const [name, shape] of Object.entries(shapes)) {
    it.each(deadRows)(`is said by %s in shape ${name}`, (code, inner, text) => {
      const verdicts = [200, 400, 401, 403].map((status) => judged({ status, json: shape(inner, text) }));
      const dead = { kind: "dead", brokerCode: code.replace("stCode ", "") };
      expect(verdicts).toStrictEqual([dead, dead, dead, dead]);
    });
  }

  it("is said by HTTP 401 alone", () => {
    expect(judged({ status: 401 })).toStrictEqual({ kind: "dead" });
    expect(judged({ status: 401, headers: { ...html, "content-length": "0" } })).toMatchObject({ kind: "dead" });
    expect(judged({ status: 401, json: { message: "Expired session" } })).toMatchObject({ kind: "dead" });
    expect(judged({ status: 401, json: { status: "error", errorCode: "401" } })).toMatchObject({ kind: "dead" });
  });

  it("is said by HTTP 401 beside a code on record, which is shown", () => {
    const json = { stat: "Not_Ok", stCode: 70_009, emsg: "x" };
    expect(judged({ status: 401, json })).toStrictEqual({ kind: "dead", brokerCode: "70009" });
  });

  it("is said by HTTP 401 with more than the word of the address refusal, or a code beside it", () => {
    for (const emsg of ["unauthorized access", "you are unauthorized"]) {
      expect(judged({ status: 401, json: { stat: "Not_Ok", emsg } }).kind).toBe("dead");
    }
    expect(judged({ status: 401, json: { stat: "Not_Ok", stCode: 7, emsg: "unauthorized" } }).kind).toBe("dead");
  });

  it("is said by HTTP 401 with JSON that a proxy calls a page", () => {
    expect(judged({ status: 401, json: { message: "Expired session" }, headers: html }).kind).toBe("dead");
  });

  it("is said by HTTP 401 with an unknown code, which is not shown: it may be an echo", () => {
    expect(judged({ status: 401, json: { stat: "Not_Ok", stCode: 482_913 } })).toStrictEqual({
      kind: "dead",
      brokerCode: undefined,
    });
  });

  it("is said by the gateway's shape without a mark", () => {
    for (const data of [undefined, null, {}, []]) {
      const json = { code: "900901", message: "Invalid Credentials", data };
      expect(judged({ json })).toStrictEqual({ kind: "dead", brokerCode: "900901" });
    }
  });

  it("is said by its code beside an order number that a refusal repeats", () => {
    const json = { stat: "Not_Ok", nOrdNo: "310302000000001", stCode: 1003, errMsg: "Invalid session" };
    expect(judged({ json })).toStrictEqual({ kind: "dead", brokerCode: "1003" });
  });

  it("is said by its code beside an order number that is none", () => {
    for (const nOrdNo of ["", "0", 0, null])
      expect(judged({ json: { nOrdNo, stCode: 1003 } })).toStrictEqual({ kind: "dead", brokerCode: "1003" });
  });
});

describe("an answer whose top says success", () => {
  const tops = [
    { stat: "Ok" },
    { status: "success" },
    { stCode: 200 },
    { stCode: "1000" },
    { nOrdNo: "310302000000001" },
    { nOrdNo: 310_302_000_000_001 },
    { stat: "Ok", stCode: 200, nOrdNo: "310302000000001" },
  ];

  it.each(["100022", "1003", "10020", "900901", "401", "403", "100008", "1037"])(
    "is alive with the code %s in any layer: what was taken is never called refused",
    (code) => {
      for (const top of tops) {
        for (const json of [
          { errorCode: code, ...top },
          { error: [{ code, message: "Invalid session" }], ...top },
          { error: { code, message: "Invalid session" }, ...top },
          { code, message: "Invalid session", ...top },
          { ...top, data: { errorCode: code } },
          { ...top, data: { stat: "Not_Ok", stCode: code, errMsg: "Invalid session" } },
          { ...top, fault: { code, message: "Invalid session" } },
        ])
          expect([json, judged({ json, path: "/quick/order/rule/ms/place" })]).toStrictEqual([json, { kind: "alive" }]);
      }
    },
  );

  it("is refused for the time being beside a server fault", () => {
    expect(refusedAs(judged({ status: 503, json: { stat: "Ok", errorCode: "1003" } }))).toBe("broker_unavailable");
  });
});

describe("an answer that does not mean a dead session", () => {
  it.each<[string, Seen]>([
    ["a report", emptyReport],
    ["5203, no data", noData],
    ["5203 under HTTP 400", { ...noData, status: 400 }],
    ...[1021, 1002, 1004, 1005, 1006, 1007, 1008, 1009].map((code): [string, Seen] => [
      `order or input code ${code}`,
      { status: 400, json: { stat: "Not_Ok", stCode: code, errMsg: "Invalid order" } },
    ]),
    ["an unknown code", { json: { stat: "Not_Ok", stCode: 424_242, emsg: "unauthorized" } }],
    ["the word unauthorized alone", { json: { stat: "Not_Ok", emsg: "unauthorized" } }],
    ["an inner 429", { json: { stat: "Not_Ok", stCode: 429, emsg: "slow down" } }],
    ["an inner 424", { json: { stat: "Not_Ok", stCode: 424, emsg: "dependency error" } }],
    ["HTTP 400", { status: 400 }],
    ["HTTP 404", { status: 404 }],
    ["HTTP 422", { status: 422 }],
    ["a page under 200", { headers: html }],
    ["a page under 404", { status: 404, headers: html }],
    ["a holding with the code of a dead session", { json: { data: { code: "1003", symbol: "INVENTED" } } }],
    ["a holding with such a code, and words", { json: { data: { code: "100022", message: "x", type: "EQ" } } }],
    ["such a code beside a success", { json: { stat: "Ok", code: "1003", message: "x" } }],
    ["such a code beside the number of a success", { json: { stCode: 200, code: "100022", message: "x" } }],
    ["such a code beside data", { json: { data: [{ symbol: "INVENTED" }], code: "1003", message: "x" } }],
    ["such a code beside data and under fault", { json: { data: { a: 1 }, fault: { code: "1003", message: "x" } } }],
    ["such a code without words", { json: { code: "1003", symbol: "INVENTED" } }],
    ["HTTP 403 with a code of its own", { status: 403, json: { stat: "Not_Ok", stCode: 7, emsg: "x" } }],
    ["a list", { json: [{ exchange: "nse_cm" }] }],
    [
      "orders whose own status is an error",
      { json: { stat: "Ok", stCode: 200, data: [{ status: "failure", stCode: 1003 }] } },
    ],
  ])("passes through: %s", (_, seen) => {
    expect(judged(seen)).toStrictEqual({ kind: "alive" });
  });

  it.each(["5203", "1021", "1002", "1004", "1005", "1006", "1007", "1008", "1009"])(
    "is one with the code %s of an order or its input, whatever the status",
    (stCode) => {
      for (const status of [200, 400, 401, 403, 503]) {
        expect(judged({ status, json: { stat: "Not_Ok", stCode, emsg: "x" } })).toStrictEqual({ kind: "alive" });
      }
    },
  );

  it("is refused for the address with 100008, and says that no login helps", () => {
    const verdict = judged({ json: { stCode: 100_008, errMsg: "unauthorized", stat: "Not_Ok" } });
    expect(verdict).toMatchObject({ kind: "refused", refusal: { code: "ip_not_allowed", brokerCode: "100008" } });
    expect(verdict.kind === "refused" && verdict.refusal.action).toMatch(
      /List the address .* Do not log in again before/,
    );
  });

  it("is refused for the session's address with 1037, and says what one login would change", () => {
    const json = { stCode: 1037, errMsg: "session ip doesnt match with reqest ip", stat: "Not_Ok" };
    const verdict = judged({ json });
    expect(verdict).toMatchObject({ kind: "refused", refusal: { code: "ip_not_allowed", brokerCode: "1037" } });
    expect(verdict.kind === "refused" && verdict.refusal.action).toContain("one new login from here");
  });

  it.each([200, 400, 401, 403])("is refused for the address under HTTP %i as well", (status) => {
    expect(refusedAs(judged({ status, json: { stCode: 100_008, errMsg: "unauthorized", stat: "Not_Ok" } }))).toBe(
      "ip_not_allowed",
    );
    expect(refusedAs(judged({ status, json: { stCode: "1037", errMsg: "session ip", stat: "Not_Ok" } }))).toBe(
      "ip_not_allowed",
    );
  });

  it("is refused for the time being with HTTP 429, with the wait that is asked for", () => {
    const verdict = judged({ status: 429, headers: { "retry-after": "3" } });
    expect(verdict).toMatchObject({ kind: "refused", refusal: { code: "rate_limited", retryAfterMs: 3000 } });
    expect(judged({ status: 429 })).toMatchObject({ refusal: { code: "rate_limited", retryAfterMs: undefined } });
    expect(judged({ status: 503, headers: { "retry-after": "120" } })).toMatchObject({
      refusal: { code: "broker_unavailable", retryAfterMs: 120_000 },
    });
  });

  it("says in words what is the matter", () => {
    expect(said(judged({ status: 429 }))).toContain("fewer requests");
    expect(said(judged({ status: 424 }))).toContain("answered 424");
    expect(said(judged({ status: 403 }))).toContain("the session is kept");
    expect(said(judged({ json: { stat: "Not_Ok", stCode: 100_008 } }))).toContain("static IP rule");
    expect(said(judged({ json: { stat: "Not_Ok", stCode: 1037 } }))).toContain(
      "from the address that it was made from",
    );
  });

  it.each([424, 500, 502, 503, 504])("is refused for the time being with HTTP %i, as JSON or as a page", (status) => {
    expect(refusedAs(judged({ status, json: { status: "error", errorCode: String(status) } }))).toBe(
      "broker_unavailable",
    );
    expect(refusedAs(judged({ status, headers: html }))).toBe("broker_unavailable");
  });
});

it.each([600, 999])("an answer with HTTP %i, which is no status of HTTP, says nothing", (status) => {
  expect(judged({ status })).toStrictEqual({ kind: "alive" });
});

describe("an answer that only a probe can explain", () => {
  it.each(["100022", "1003", "10020", "900901"])(
    "is the code %s of a dead session beside a server fault or a throttle, which it is where the session lives",
    (stCode) => {
      for (const status of [424, 429, 500, 502, 503, 504]) {
        const code = status === 429 ? "rate_limited" : "broker_unavailable";
        for (const json of [{ stat: "Not_Ok", stCode, emsg: "x" }, { error: [{ code: stCode, message: "x" }] }])
          expect(judged({ status, json })).toMatchObject({ kind: "suspect", otherwise: { code } });
      }
      expect(refusedAs(judged({ status: 500, json: { stat: "Not_Ok", stCode: 401, emsg: "x" } }))).toBe(
        "broker_unavailable",
      );
    },
  );

  it("is HTTP 403 without a code", () => {
    expect(judged({ status: 403 })).toMatchObject({ kind: "suspect", otherwise: { code: "permission_denied" } });
    expect(judged({ status: 403, json: { message: "Forbidden" } })).toMatchObject({ kind: "suspect" });
  });

  it("is a page under 401 or 403: a gateway may put one in front of a dead session", () => {
    expect(judged({ status: 401, headers: html })).toStrictEqual({ kind: "suspect" });
    expect(judged({ status: 403, headers: html })).toMatchObject({
      kind: "suspect",
      otherwise: { code: "permission_denied" },
    });
  });

  it("is HTTP 401 with nothing but the word of the address refusal", () => {
    expect(judged({ status: 401, json: { stat: "Not_Ok", emsg: "unauthorized" } })).toMatchObject({ kind: "suspect" });
  });
});

describe("a refused quotes call", () => {
  it.each<[string, Seen]>([
    ["HTTP 401", { status: 401 }],
    ["HTTP 403", { status: 403 }],
    ["100022", { json: { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" } }],
    ["900901", { status: 401, json: { fault: { code: "900901", message: "Invalid Credentials" } } }],
  ])("never speaks about the session: %s", (_, seen) => {
    for (const path of [
      "/script-details/1.0/quotes/neosymbol/nse_cm|11536/all",
      "/script-details/1.0/masterscrip/file-paths",
    ]) {
      expect(judged({ ...seen, path })).toStrictEqual({ kind: "alive" });
    }
  });

  it("is throttled and unavailable as any other", () => {
    const path = "/script-details/1.0/masterscrip/file-paths";
    expect(refusedAs(judged({ status: 429, path }))).toBe("rate_limited");
    expect(refusedAs(judged({ status: 503, path }))).toBe("broker_unavailable");
  });
});

describe("requests that only read", () => {
  it.each([
    ["GET", "/quick/user/orders"],
    ["GET", "/quick/user/orders/250303000000001"],
    ["GET", "/quick/user/orders?x=1"],
    ["head", "/quick/user/positions"],
    ["get", "/quick/user/trades"],
    ["GET", "/portfolio/v1/holdings"],
    ["GET", "/script-details/1.0/quotes/neosymbol/nse_cm|11536/all"],
    ["GET", "/script-details/1.0/masterscrip/file-paths"],
    ["POST", "/quick/user/limits"],
    ["post", "/quick/user/limits?x=1"],
    ["POST", "/quick/user/check-margin"],
    ["POST", "/script-details/1.0/quotes/"],
  ])("%s %s", (method, path) => {
    expect(isRead({ method, path })).toBe(true);
  });
});

describe("requests that may act", () => {
  it.each([
    ["POST", "/quick/order/rule/ms/place"],
    ["POST", "/quick/order/vr/modify"],
    ["POST", "/quick/order/cancel"],
    ["POST", "/quick/order/history"],
    ["GET", "/quick/order/cancel"],
    ["GET", "/quick/user/unknown"],
    ["GET", "/"],
    ["HEAD", "/login/1.0/logout"],
    ["POST", "/quick/user/limits/"],
    ["POST", "//quick/user/limits"],
    ["POST", "/quick//user/limits"],
    ["POST", "/Quick/user/limits"],
    ["POST", "/quick/user/limit%73"],
    ["POST", "/quick/user/check%2Dmargin"],
    ["POST", "/quick/user/limits/../../order/cancel"],
    ["GET", "/quick/user/orders/../../order/cancel"],
    ["GET", "/quick/user/orders/%2e%2e/%2e%2e/order/cancel"],
    ["GET", "/quick/user/orders/..%2f..%2forder%2fcancel"],
    ["GET", "/quick/user/orders/1/cancel"],
    ["GET", "/script-details/../quick/order/cancel"],
    ["GET", "/script-details/1.0/quotes/..%2f..%2f..%2fquick/order/cancel"],
    ["POST", "/quick/user/positions"],
    ["PUT", "/quick/user/limits"],
    ["DELETE", "/quick/user/orders"],
    ["POST", "/"],
    ["GET", "quick/user/orders"],
    ["GET", "https://elsewhere.example.com/quick/user/orders"],
    ["__proto__", "/quick/user/orders"],
  ])("%s %s", (method, path) => {
    expect(isRead({ method, path })).toBe(false);
  });
});

describe("order calls", () => {
  it.each([
    ["POST", "/quick/order/rule/ms/place"],
    ["POST", "/quick/order/vr/modify"],
    ["post", "/quick/order/cancel?x=1"],
  ])("%s %s is one, and no read", (method, path) => {
    expect([isOrder({ method, path }), isRead({ method, path })]).toEqual([true, false]);
  });

  it.each([
    ["GET", "/quick/order/cancel"],
    ["POST", "/login/1.0/tradeApiLogin"],
    ["POST", "/quick/order/../../login/1.0/tradeApiLogin"],
    ["POST", "/quick//order/cancel"],
  ])("%s %s is none", (method, path) => {
    expect(isOrder({ method, path })).toBe(false);
  });
});
