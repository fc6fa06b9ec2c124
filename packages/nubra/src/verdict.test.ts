import type { ResponseView } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { isOrder, isRead, classify } from "./verdict.ts";
import { startedAt } from "./testing/answers.ts";

function seen(status: number, path = "/portfolio/holdings", headers: Record<string, string> = {}): ResponseView {
  return { method: "GET", path, status, header: (name) => headers[name.toLowerCase()] };
}

function judged(json: unknown): string {
  return classify({ method: "POST", path: "/orders/v2/single", status: 400, header: () => undefined, json }, 0).kind;
}

describe("verdict", () => {
  it.each([200, 201, 204, 400, 404, 409, 422, 600, 999])("leaves the session alone at %d", (status) => {
    expect(classify(seen(status), startedAt)).toEqual({ kind: "alive" });
  });

  it.each([440, 401])("lets the probe decide about %d, because a report that is not there gives one too", (status) => {
    expect(classify(seen(status, "/reports/contract-note"), startedAt)).toEqual({ kind: "suspect" });
  });

  it.each([440, 401])("believes %d of the probe's own path at once", (status) => {
    expect(classify(seen(status, "/userinfo"), startedAt)).toEqual({ kind: "dead" });
  });

  it.each([440, 401])("lets the probe decide about %d on a page, even at the probe's own path", (status) => {
    const page = { "content-type": "text/HTML; charset=utf-8" };
    expect(classify(seen(status, "/userinfo", page), startedAt)).toEqual({ kind: "suspect" });
    // JSON that a gateway calls a page is the broker's.
    expect(classify({ ...seen(status, "/userinfo", page), json: {} }, startedAt)).toEqual({ kind: "dead" });
  });

  it("lets the probe decide about 403, and calls it a missing permission where the session lives", () => {
    expect(classify(seen(403), startedAt)).toMatchObject({ kind: "suspect", otherwise: { code: "permission_denied" } });
  });

  it.each([
    [{}, undefined],
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": new Date(startedAt + 9000).toUTCString() }, 9000],
  ])("passes on how long to wait after 429 with %j", (headers, retryAfterMs) => {
    expect(classify(seen(429, "/", headers), startedAt)).toMatchObject({
      kind: "refused",
      refusal: { code: "rate_limited", retryAfterMs },
    });
  });

  it.each([500, 502, 503, 504])("blames the broker and not the session for %d", (status) => {
    expect(classify(seen(status), startedAt)).toMatchObject({
      kind: "refused",
      refusal: {
        code: "broker_unavailable",
        message: `Nubra answered ${status}: it is not working now; the session is kept`,
      },
    });
  });
});

describe("requests that only read", () => {
  it.each([
    ["GET", "/userinfo"],
    ["get", "/userinfo?x=1"],
    ["HEAD", "/ipaddress/validate"],
    ["GET", "/portfolio/holdings"],
    ["GET", "/portfolio/positions"],
    ["GET", "/portfolio/v2/positions"],
    ["GET", "/portfolio/user_funds_and_margin"],
    ["GET", "/sentinel/portfolio/user_funds_and_margin"],
  ])("%s %s", (method, path) => {
    expect(isRead({ method, path })).toBe(true);
  });
});

describe("requests that may act", () => {
  it.each([
    ["POST", "/orders/v2/single"],
    ["DELETE", "/orders/1"],
    ["GET", "/totp/generate-secret"],
    ["GET", "/totp/generate-secret/"],
    ["GET", "//totp/generate-secret"],
    ["GET", "/totp/generate%2Dsecret"],
    ["GET", "/TOTP/generate-secret"],
    ["GET", "/totp//generate-secret"],
    ["GET", "/portfolio/../totp/generate-secret"],
    ["GET", "/portfolio/holdings/../../totp/generate-secret"],
    ["GET", "/portfolio/%2e%2e/totp/generate-secret"],
    ["GET", "/userinfo/..%2ftotp%2fgenerate-secret"],
    ["GET", "/a/path/that/nobody/knows"],
    ["GET", "/"],
    ["GET", "/userinfo/"],
    ["GET", "//userinfo"],
    ["GET", "/UserInfo"],
    ["POST", "/userinfo"],
    ["GET", "userinfo"],
    ["GET", "https://elsewhere.example/userinfo"],
    ["__proto__", "/userinfo"],
  ])("%s %s", (method, path) => {
    expect(isRead({ method, path })).toBe(false);
  });
});

describe("a refusal by the network address", () => {
  const texts = ["No IP addresses registered for user", "IP address mismatch", "trading access is restricted"];

  it.each(texts.flatMap((text) => [400, 401, 403].map((status) => [text, status] as const)))(
    "is told by its text, and is not about the session: %s, %i",
    (text, status) => {
      for (const json of [{ error: text }, { message: text }, { detail: text }]) {
        const view = { method: "POST", path: "/orders/v2/single", status, header: () => undefined, json };
        expect(classify(view, 0)).toMatchObject({ kind: "refused", refusal: { code: "ip_not_allowed" } });
      }
    },
  );

  it("is looked for in the first text that there is, and in its first words only", () => {
    expect(judged({ error: "", message: "IP address mismatch" })).toBe("refused");
    expect(judged({ error: "rejected", message: "IP address mismatch" })).toBe("alive");
    expect(judged({ error: "x".repeat(500) + "IP address mismatch" })).toBe("alive");
    for (const json of [undefined, null, {}, { error: 7 }, []]) expect(judged(json)).toBe("alive");
  });

  it("is no text inside of a success", () => {
    const json = { message: "IP address mismatch" };
    expect(classify({ method: "GET", path: "/x", status: 200, header: () => undefined, json }, 0)).toEqual({
      kind: "alive",
    });
  });
});

describe("order calls", () => {
  it.each([
    ["POST", "/orders/v2/single"],
    ["DELETE", "/orders/v2/cancel/1"],
    ["put", "/orders/v2/modify?x=1"],
  ])("%s %s is one, and no read", (method, path) => {
    expect([isOrder({ method, path }), isRead({ method, path })]).toEqual([true, false]);
  });

  it.each([
    ["GET", "/orders/v2/single"],
    ["POST", "/orders/v2/../../logout"],
    ["POST", "/logout"],
    ["POST", "/totp/enable"],
    ["POST", "/ORDERS/v2/single"],
  ])("%s %s is none", (method, path) => {
    expect(isOrder({ method, path })).toBe(false);
  });
});
