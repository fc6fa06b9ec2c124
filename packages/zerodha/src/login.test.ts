import { createHash } from "node:crypto";
import { inspect } from "node:util";
import type { ScriptedAnswer } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { answer, begin } from "./login.ts";
import {
  accessToken,
  account,
  granted,
  pageOf,
  refusalOf,
  refusedAs,
  requestToken,
  scripted,
} from "./testing/test-environment.ts";

const back = (page: string): string => {
  const ours = new URL(page).searchParams.get("redirect_params") ?? "";
  return `http://127.0.0.1:8976/callback?request_token=${requestToken}&${ours}`;
};

/** A login at the broker's real addresses, with this answer to its one call. */
function answered(reply: ScriptedAnswer) {
  const test = scripted(reply);
  const begun = begin(test.client);
  const value = back(pageOf(begun));
  return { ...test, begun, finish: () => answer(begun.pending, { kind: "redirect", value }, test.client) };
}

describe("a login", () => {
  it("leads to Zerodha's page with version, API key and a value of its own in redirect_params, and sends nothing", () => {
    const [one, two] = [answered({}), answered({})];
    const page = new URL(pageOf(one.begun));
    expect(page.origin + page.pathname).toBe("https://kite.zerodha.com/connect/login");
    expect([...page.searchParams.keys()]).toStrictEqual(["v", "api_key", "redirect_params"]);
    expect(page.searchParams.get("v")).toBe("3");
    expect(page.searchParams.get("api_key")).toBe(account.apiKey);
    const params = page.searchParams.get("redirect_params");
    expect(params).toMatch(/^state=[0-9a-f-]{36}$/);
    expect(params).not.toBe(new URL(pageOf(two.begun)).searchParams.get("redirect_params"));
    expect(one.sent).toStrictEqual([]);
  });

  it("trades the request token for a session in one call, and never sends the API secret", async () => {
    const login = answered({ json: granted });
    const step = await login.finish();
    const [call, ...others] = login.sent;
    const sum = createHash("sha256")
      .update(account.apiKey + requestToken + account.apiSecret)
      .digest("hex");
    expect(others).toStrictEqual([]);
    expect(call).toMatchObject({ method: "POST", url: "https://api.kite.trade/session/token" });
    expect(call?.headers).toMatchObject({ "x-kite-version": "3" });
    expect(call?.headers).not.toHaveProperty("authorization");
    expect(call?.body).toBe(`api_key=${account.apiKey}&request_token=${requestToken}&checksum=${sum}`);
    expect(JSON.stringify(login.sent)).not.toContain(account.apiSecret);
    expect(login.context.spent.map(({ factor, step: name }) => [factor, name])).toStrictEqual([
      ["otp", "session/token"],
    ]);
    if (step.kind !== "session") throw new Error("there is no session");
    expect(step.session.tokens.accessToken.reveal()).toBe(accessToken);
    expect(step.session.expiresAt).toBe(Date.UTC(2031, 2, 4, 0, 30));
    expect(step.renewal).toBeUndefined();
    expect(step.warnings).toStrictEqual([]);
    expect(inspect(step, { depth: 9 }) + JSON.stringify(step)).not.toContain(accessToken);
  });

  it.each<[string, ScriptedAnswer]>([
    ["invalid_credentials", { status: 403, json: refusedAs("TokenException", "Invalid `checksum`.") }],
    ["permission_denied", { status: 403, json: refusedAs("UserException") }],
    ["permission_denied", { status: 403, json: refusedAs("__proto__") }],
    ["ip_not_allowed", { status: 403, json: refusedAs("TokenException", "IP (203.0.113.7) is not allowed") }],
    ["broker_unavailable", { status: 403, text: "<html>" }],
    ["broker_unavailable", { status: 403 }],
    ["rate_limited", { status: 429, json: {} }],
    ["outcome_unknown", { status: 502, text: "<html>" }],
    ["outcome_unknown", { status: 500, json: refusedAs("TokenException") }],
    ["outcome_unknown", { fail: "ECONNRESET" }],
    ["broker_unavailable", { fail: "ECONNREFUSED" }],
    ["protocol_error", { status: 400, json: refusedAs("InputException") }],
    ["protocol_error", { status: 401, json: refusedAs("TokenException") }],
    ["protocol_error", { json: { data: {} } }],
    ["protocol_error", { json: {} }],
    ["protocol_error", { json: { ...granted, error_type: "TokenException" } }],
    ["protocol_error", { json: { ...granted, error_type: "unheard-of" } }],
    ["protocol_error", { json: { ...granted, status: "error" } }],
    ["protocol_error", { json: { ...granted, data: { ...granted.data, access_token: "a b" } } }],
    ["protocol_error", { json: { ...granted, data: { ...granted.data, access_token: "" } } }],
    ["protocol_error", { json: { ...granted, data: { ...granted.data, user_id: undefined } } }],
    ["protocol_error", { text: '{"status":"success","data":{"user_id":"QX' }],
    ["protocol_error", { text: "" }],
    ["invalid_credentials", { json: { ...granted, data: { ...granted.data, user_id: "ZK9020" } } }],
  ])("ends with %s for %j, and shows neither token nor customer", async (code, reply) => {
    const login = answered(reply);
    const error = await refusalOf(login.finish);
    expect(error.code).toBe(code);
    const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
    for (const secret of [requestToken, accessToken, account.userId, "ZK9020", "unheard-of", "203.0.113.7"])
      expect(shown).not.toContain(secret);
    expect(login.sent).toHaveLength(1);
  });

  it.each<[string, ScriptedAnswer]>([
    ["403", { status: 403, json: refusedAs("TokenException", "Token is invalid or has expired.") }],
    ["200", { json: refusedAs("TokenException") }],
  ])("asks anew, with a new value, when the request token is refused by %s", async (_, reply) => {
    const login = answered(reply);
    const step = await login.finish();
    if (step.kind !== "challenge") throw new Error("it was taken");
    expect(step.refused).toMatchObject({ code: "otp_rejected", brokerCode: "TokenException" });
    expect(pageOf(step)).not.toBe(pageOf(login.begun));
  });

  it("takes the customer's id in any case", async () => {
    const login = answered({ json: { ...granted, data: { ...granted.data, user_id: "qx4417" } } });
    expect(await login.finish()).toMatchObject({ kind: "session" });
  });

  it("warns of a session that ends within five minutes", async () => {
    const login = answered({ json: granted });
    login.context.clock.set(Date.UTC(2031, 2, 4, 0, 26));
    const begun = begin(login.client);
    const value = back(pageOf(begun));
    const step = await answer(begun.pending, { kind: "redirect", value }, login.client);
    expect(step).toMatchObject({
      warnings: [{ code: "short_session", message: expect.stringContaining("06:00:00 IST") }],
    });
  });

  it.each(["otp", "resend"] as const)("takes no answer of the kind %s, and nothing is spent", async (kind) => {
    const { client, begun, context, sent } = answered({ json: granted });
    const given = kind === "resend" ? { kind } : { kind, value: requestToken };
    const error = await refusalOf(() => answer(begun.pending, given, client));
    expect(error).toMatchObject({ code: "configuration", field: "answer" });
    expect([context.spent, sent]).toStrictEqual([[], []]);
  });
});
