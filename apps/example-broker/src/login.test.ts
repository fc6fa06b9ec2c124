import { createHash } from "node:crypto";
import { type ScriptedAnswer, scriptedFetch, testContext } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { exampleBroker } from "./provider.ts";
import { demoApp, demoCustomers } from "./sandbox/sandbox.ts";
import { openTestEnvironment, pageOf, refusalOf } from "./testing/test-environment.ts";

const requestToken = "0123456789abcdef0123456789abcdef";
const account = { ...demoApp, userId: demoCustomers[0] };

/** A login at the broker's real addresses, with this answer to its one call. */
async function answered(answer: ScriptedAnswer) {
  const provider = exampleBroker();
  const credentials = provider.parseCredentials(account);
  const script = scriptedFetch(answer);
  const context = testContext({ fetch: script.fetch });
  const begun = await provider.begin(credentials, context);
  if (begun.kind !== "challenge") throw new Error("nothing was asked");
  const reply = { kind: "redirect", value: requestToken } as const;
  return {
    begun,
    context,
    sent: script.sent,
    answer: () => provider.answer(begun.pending, reply, credentials, context),
  };
}

const granted = { status: "success", data: { access_token: "at0", user_id: account.userId } };

describe("a login", () => {
  it("leads to the broker's page with the API key and a state of its own, and sends nothing", async () => {
    const [one, two] = [await answered({}), await answered({})];
    const page = new URL(pageOf(one.begun));
    expect(page.origin + page.pathname).toBe("https://login.example-broker.test/connect/login");
    expect([...page.searchParams.keys()]).toStrictEqual(["api_key", "state"]);
    expect(page.searchParams.get("api_key")).toBe(demoApp.apiKey);
    expect(page.searchParams.get("state")).not.toBe(new URL(pageOf(two.begun)).searchParams.get("state"));
    expect(one.sent).toStrictEqual([]);
  });

  it("trades the request token for a session in one call, and never sends the API secret", async () => {
    const login = await answered({ json: granted });
    const step = await login.answer();
    const [call, ...others] = login.sent;
    const checksum = createHash("sha256")
      .update(demoApp.apiKey + requestToken + demoApp.apiSecret)
      .digest("hex");
    expect(others).toStrictEqual([]);
    expect(call).toMatchObject({ method: "POST", url: "https://api.example-broker.test/session/token" });
    expect(call?.body).toBe(`api_key=${demoApp.apiKey}&request_token=${requestToken}&checksum=${checksum}`);
    expect(JSON.stringify(login.sent)).not.toContain(demoApp.apiSecret);
    expect(login.context.spent.map(({ factor, step: name }) => [factor, name])).toStrictEqual([
      ["otp", "session/token"],
    ]);
    if (step.kind !== "session") throw new Error("there is no session");
    expect(step.session.tokens.accessToken.reveal()).toBe("at0");
    expect(step.session.expiresAt).toBe(Date.UTC(2031, 2, 4, 0, 30));
  });

  it.each<[string, ScriptedAnswer]>([
    ["invalid_credentials", { status: 403, json: { error_type: "ChecksumException" } }],
    ["permission_denied", { status: 403, json: { error_type: "UserException" } }],
    ["permission_denied", { status: 403, json: { error_type: "__proto__" } }],
    ["broker_unavailable", { status: 403, text: "<html>" }],
    ["rate_limited", { status: 429, json: {} }],
    ["outcome_unknown", { status: 502, text: "<html>" }],
    ["outcome_unknown", { fail: "ECONNRESET" }],
    ["broker_unavailable", { fail: "ECONNREFUSED" }],
    ["protocol_error", { status: 400, json: { error_type: "InputException" } }],
    ["protocol_error", { status: 401, json: { error_type: "TokenException" } }],
    ["protocol_error", { json: { data: {} } }],
    ["protocol_error", { json: { ...granted, error_type: "TokenException" } }],
    ["protocol_error", { json: { data: { ...granted.data, access_token: "a b" } } }],
    ["protocol_error", { text: "" }],
    ["invalid_credentials", { json: { data: { ...granted.data, user_id: demoCustomers[1] } } }],
  ])("ends with %s for %j", async (code, answer) => {
    const login = await answered(answer);
    const error = await refusalOf(login.answer);
    expect(error.code).toBe(code);
    expect(error.message + error.action).not.toContain(requestToken);
    expect(login.sent).toHaveLength(1);
  });

  it("asks anew, with a new state, when the request token is refused", async () => {
    const login = await answered({ status: 403, json: { error_type: "TokenException" } });
    const step = await login.answer();
    if (step.kind !== "challenge") throw new Error("it was taken");
    expect(step.refused).toMatchObject({ code: "otp_rejected", status: 403, brokerCode: "TokenException" });
    expect(pageOf(step)).not.toBe(pageOf(login.begun));
  });
});

describe("an answer", () => {
  const address = "https://app.example.com/callback";

  it.each<[string, (state: string) => string]>([
    ["with another state", () => `${address}?request_token=${requestToken}&state=other`],
    ["without a state", () => `${address}?request_token=${requestToken}`],
    ["with two states", (state) => `${address}?request_token=${requestToken}&state=${state}&state=other`],
    ["without a request token", (state) => `${address}?status=cancelled&state=${state}`],
    ["with two request tokens", (state) => `${address}?request_token=${requestToken}&request_token=b&state=${state}`],
    ["that is empty", () => ""],
    ["that is half an address", () => `app.example.com/callback?request_token=${requestToken}`],
  ])("%s is refused before anything is spent", async (_, make) => {
    await using test = await openTestEnvironment();
    const step = await test.provider.begin(test.credentials, test.context);
    const state = new URL(pageOf(step)).searchParams.get("state") ?? "";
    const error = await refusalOf(() => test.reply(step, make(state)));
    expect(error).toMatchObject({ code: "configuration", field: "answer" });
    expect([test.context.spent, test.sandbox.journal.arrivals]).toStrictEqual([[], []]);
  });

  it.each(["otp", "resend"] as const)("of the kind %s is refused", async (kind) => {
    const { provider, credentials, context, ...test } = await openTestEnvironment();
    await using _ = test;
    const step = await provider.begin(credentials, context);
    if (step.kind !== "challenge") throw new Error("nothing was asked");
    const answer = kind === "resend" ? { kind } : { kind, value: requestToken };
    const error = await refusalOf(() => provider.answer(step.pending, answer, credentials, context));
    expect(error).toMatchObject({ code: "configuration", field: "answer" });
  });

  it("is taken as the whole address or as the bare request token", async () => {
    await using test = await openTestEnvironment();
    for (const form of [(url: URL) => url.href, (url: URL) => url.searchParams.get("request_token") ?? ""]) {
      const step = await test.provider.begin(test.credentials, test.context);
      const back = new URL(await test.sandbox.logInAtPage(pageOf(step)));
      expect(await test.reply(step, ` ${form(back)}\n`)).toMatchObject({ kind: "session" });
    }
  });

  it("is good once, and for five minutes", async () => {
    await using test = await openTestEnvironment();
    const step = await test.provider.begin(test.credentials, test.context);
    const [used, late] = [await test.sandbox.logInAtPage(pageOf(step)), await test.sandbox.logInAtPage(pageOf(step))];
    expect(await test.reply(step, used)).toMatchObject({ kind: "session" });
    expect(await test.reply(step, used)).toMatchObject({ refused: { code: "otp_rejected" } });
    test.clock.advance(5 * 60_000);
    expect(await test.reply(step, late)).toMatchObject({ refused: { code: "otp_rejected" } });
  });

  it("with the wrong API secret is no wrong request token", async () => {
    await using test = await openTestEnvironment({ apiSecret: "s9demo0apisecret0000000000000002" });
    const error = await refusalOf(() => test.logIn());
    expect(error).toMatchObject({ code: "invalid_credentials", brokerCode: "ChecksumException" });
  });

  it("of another customer is refused", async () => {
    await using test = await openTestEnvironment();
    const step = await test.provider.begin(test.credentials, test.context);
    const back = await test.sandbox.logInAtPage(pageOf(step), demoCustomers[1]);
    expect(await refusalOf(() => test.reply(step, back))).toMatchObject({ code: "invalid_credentials", status: 200 });
  });
});

describe("a pending login", () => {
  it("of another account, or with a longer life than it was given, is refused", async () => {
    const login = await answered({ json: granted });
    const provider = exampleBroker();
    const other = provider.parseCredentials({ ...account, userId: demoCustomers[1] });
    const own = provider.parseCredentials(account);
    const { pending } = login.begun;
    const answer = { kind: "redirect", value: requestToken } as const;
    const foreign = await refusalOf(() => provider.answer(pending, answer, other, login.context));
    expect(foreign.code).toBe("challenge_expired");
    const longer = { ...pending, expiresAt: pending.expiresAt + 1 };
    const stretched = await refusalOf(() => provider.answer(longer, answer, own, login.context));
    expect(stretched).toMatchObject({ code: "configuration", field: "pending" });
    expect(login.sent).toStrictEqual([]);
  });
});
