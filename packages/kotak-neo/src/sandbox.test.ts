import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import type { Answer, BrokerAuthErrorCode, LoginStep, SocketPlan, Verdict } from "@x/core/adapter";
import type { KotakNeoScenarioName } from "@x/sandbox";
import { describe, expect, it } from "vitest";
import { jData } from "./form.ts";
import { refusalOf } from "./testing/scripted-broker.ts";
import {
  type TestEnvironment,
  openTestEnvironment,
  type TestEnvironmentOptions,
  startedAt,
} from "./testing/test-environment.ts";
import type { KotakNeoTokens } from "./tokens.ts";

type Step = LoginStep<KotakNeoTokens>;

const styles = ["mixed", "docs", "bare", "gateway", "empty"] as const;
const limits = { method: "POST", body: jData({ seg: "ALL", exch: "ALL", prod: "ALL" }) };
const place = "/quick/order/rule/ms/place";

function order(): RequestInit {
  return { method: "POST", body: jData({ es: "nse_cm", pc: "CNC", pr: "1.00", pt: "L", qt: "1", rt: "DAY", tt: "B" }) };
}

function answer(test: TestEnvironment, step: Step, given: Answer): Promise<Step> {
  if (step.kind !== "challenge") throw new Error("the login waits for nothing");
  return test.provider.answer(step.pending, given, test.credentials, test.context);
}

function begin({ provider, credentials, context }: TestEnvironment): Promise<Step> {
  return provider.begin(credentials, context);
}

async function judged(test: TestEnvironment, path: string, init?: RequestInit): Promise<Verdict> {
  const session = await test.login();
  return test.provider.classify(await test.ask(session, path, init), session, test.clock.now());
}

describe("a login", () => {
  it("takes two calls, keeps to every rule of the wire, and its session works", async () => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    expect(await test.provider.probe?.(session, test.credentials, test.context)).toBe("alive");
    expect(test.arrived()).toStrictEqual([
      "login accepted",
      "validate accepted",
      "client-ip accepted",
      "positions accepted",
    ]);
    expect(test.entries().flatMap(({ notes }) => notes)).toStrictEqual([]);
    expect(session.expiresAt).toBe(Date.UTC(2031, 2, 3, 18, 30));
    expect(session.tokens.baseUrl).toBe(test.sandbox.tradingUrl);
  });

  it("works by the paths of the original document, and with its answers", async () => {
    await using test = await openTestEnvironment({
      options: { api: "totp-v6" },
      sandbox: { api: "totp-v6", profile: "documented" },
    });
    const { tokens } = await test.login();
    expect(tokens.baseUrl).toBe(test.sandbox.loginUrl);
    expect(test.entries().map(({ path }) => path)).toStrictEqual([
      "/login/1.0/login/v6/totp/login",
      "/login/1.0/login/v6/totp/validate",
    ]);
  });

  it("of the original document finds its trading host by option", async () => {
    const trading = await openTestEnvironment();
    await using test = await openTestEnvironment({
      options: { tradingBaseUrl: trading.sandbox.tradingUrl },
      sandbox: { profile: "documented" },
    });
    expect((await test.login()).tokens.baseUrl).toBe(trading.sandbox.tradingUrl);
    await trading.sandbox.close();
  });

  it("by the wrong generation of paths is a protocol error", async () => {
    await using test = await openTestEnvironment({ options: { api: "totp-v6" }, sandbox: { api: "trade-api" } });
    expect(await refusalOf(test.login)).toMatchObject({ code: "protocol_error", status: 404 });
  });

  it("asks a person for the code and the MPIN, in two steps", async () => {
    await using test = await openTestEnvironment({ fields: { totpSecret: undefined, mpin: undefined } });
    const first = await begin(test);
    expect(test.arrived()).toStrictEqual([]);
    const second = await answer(test, first, { kind: "totp", value: test.sandbox.totpCode("hedge") });
    expect(test.arrived()).toStrictEqual(["login accepted"]);
    const third = await answer(test, second, { kind: "mpin", value: test.customer.mpin });
    expect(third.kind).toBe("session");
    expect(test.arrived()).toStrictEqual(["login accepted", "validate accepted"]);
  });

  it("cannot be answered twice: the view pair is good for one MPIN (view-expired)", async () => {
    await using test = await openTestEnvironment({ fields: { mpin: undefined } });
    const step = await begin(test);
    const wrong: Answer = { kind: "mpin", value: "111111" };
    expect(await refusalOf(() => answer(test, step, wrong))).toMatchObject({ code: "pin_rejected" });
    const right: Answer = { kind: "mpin", value: test.customer.mpin };
    expect(await refusalOf(() => answer(test, step, right))).toMatchObject({ code: "challenge_expired" });
  });

  it("sends a code with a leading zero as six characters (leading-zero)", async () => {
    await using test = await openTestEnvironment();
    test.play("leading-zero");
    // The scenario moves the broker's clock alone to that step; ours follows, two seconds into it.
    const ahead = test.sandbox.clock.now() - test.clock.now();
    test.clock.advance(ahead + 2000);
    test.sandbox.clock.advance(-ahead);
    await test.login();
    expect(test.entries()[0]?.body).toMatchObject({ totp: expect.stringMatching(/^0\d{5}$/) as string });
  });

  it("uses a new TOTP time step each time", async () => {
    await using test = await openTestEnvironment();
    await test.login();
    await test.login();
    const codes = test.entries().flatMap(({ step, body }) => (step === "login" ? [JSON.stringify(body)] : []));
    expect(new Set(codes).size).toBe(2);
    expect(test.context.spent.flatMap(({ totpStep }) => totpStep ?? [])).toStrictEqual([
      Math.floor(startedAt / 30_000),
      Math.floor(startedAt / 30_000) + 1,
    ]);
  });
});

/** Scenario, style, what it ends in. "One call each": a refusal is never followed by anything. */
const refusals: readonly (readonly [KotakNeoScenarioName, (typeof styles)[number], BrokerAuthErrorCode])[] = [
  ["wrong-totp", "mixed", "totp_rejected"],
  ["wrong-totp", "docs", "invalid_credentials"],
  ["wrong-totp", "bare", "invalid_credentials"],
  ["wrong-totp", "gateway", "totp_rejected"],
  ["wrong-totp", "empty", "invalid_credentials"],
  ...styles.map((style) => ["wrong-pin", style, "pin_rejected"] as const),
  ...styles.map((style) => ["wrong-ucc", style, "invalid_credentials"] as const),
  ...styles.map((style) => ["wrong-access-token", style, "invalid_credentials"] as const),
];

describe("a refused factor", () => {
  it.each(refusals)("%s told in the style %s is %s", async (name, failureStyle, code) => {
    for (const status of [undefined, 400, 401]) {
      await using test = await openTestEnvironment();
      test.play(name, { failureStyle, ...(status === undefined ? {} : { status }) });
      expect(await refusalOf(test.login)).toMatchObject({ code, broker: "kotak-neo" });
      expect(test.entries()).toHaveLength(name === "wrong-pin" ? 2 : 1);
    }
  });

  it.each(refusals.filter(([, style]) => style !== "empty"))(
    "%s told in the style %s under HTTP 200 is %s as well",
    async (name, failureStyle, code) => {
      await using test = await openTestEnvironment();
      test.play(name, { failureStyle, status: 200 });
      expect(await refusalOf(test.login)).toMatchObject({ code, status: 200 });
    },
  );

  it.each([
    ["mpin", { mpin: "111111" }, "pin_rejected"],
    ["ucc", { ucc: "ZZ99Z" }, "invalid_credentials"],
    ["access token", { accessToken: "5a4db0c5-0000-4000-8000-00000000dead" }, "invalid_credentials"],
    ["TOTP secret", { totpSecret: "WRONGSECRETWRONGSECRETWRONGSECRE" }, "totp_rejected"],
    ["mobile number, told in the words of a wrong TOTP", { mobileNumber: "9000000099" }, "totp_rejected"],
  ])("is known for a really wrong %s", async (_, fields, code) => {
    await using test = await openTestEnvironment({ fields });
    expect(await refusalOf(test.login)).toMatchObject({ code });
  });

  it("locks after three, and correct factors do not help then (lockout)", async () => {
    await using test = await openTestEnvironment();
    test.play("wrong-totp", { times: 3 });
    for (let tries = 0; tries < 3; tries++) await refusalOf(test.login);
    expect(await refusalOf(test.login)).toMatchObject({ code: "account_locked", brokerCode: "70009" });
    expect(test.entries()).toHaveLength(4);
  });

  it("is not sent again by the engine (lockout)", async () => {
    await using test = await openTestEnvironment();
    test.play("lockout");
    const engine = test.engine();
    expect(await refusalOf(() => engine.session("hedge"))).toMatchObject({ code: "account_locked" });
    expect(await refusalOf(() => engine.session("hedge"))).toMatchObject({ code: "login_blocked" });
    expect(test.sandbox.journal.count({ step: "login" })).toBe(1);
  });
});

describe("an answer from the way, and not from the broker (status)", () => {
  const turnedAway = [
    { status: 408 },
    { status: 421 },
    { status: 425 },
    { status: 499 },
    { status: 403 },
    { status: 403, body: "html" },
    { status: 429 },
    { status: 503, retryAfterSeconds: 90 },
    { status: 503, body: "html", retryAfterSeconds: 90 },
  ] as const;

  it.each(turnedAway)("blames no factor at either call, and the next login succeeds: %j", async (way) => {
    const code = way.status === 429 ? "rate_limited" : "broker_unavailable";
    const retryAfterMs = "retryAfterSeconds" in way ? way.retryAfterSeconds * 1_000 : undefined;
    for (const step of ["login", "validate"]) {
      await using test = await openTestEnvironment();
      test.play("status", { ...way, step, times: 1 });
      expect(await refusalOf(test.login)).toMatchObject({ code, retryAfterMs, status: way.status });
      test.clock.advance(30_000);
      await test.login();
    }
  });
});

describe("an answer that speaks against itself (contradiction)", () => {
  it.each(["error", "success-false", "ucc", "expired"])("opens no session, and is given no MPIN: %s", async (kind) => {
    for (const [step, calls] of [
      ["login", 1],
      ["validate", 2],
    ] as const) {
      for (const inside of kind === "error" || kind === "success-false" ? [true, false] : [false]) {
        await using test = await openTestEnvironment();
        test.play("contradiction", { kind, step, inside });
        expect(await refusalOf(test.login)).toMatchObject({ code: "protocol_error" });
        expect(test.entries()).toHaveLength(calls);
      }
    }
  });

  it("is none where the client code is masked", async () => {
    await using test = await openTestEnvironment();
    test.play("contradiction", { kind: "masked-ucc" });
    expect((await test.login()).expiresAt).toBeGreaterThan(test.clock.now());
  });
});

describe("an answer that ends a login", () => {
  it.each<[KotakNeoScenarioName, Readonly<Record<string, string | number | boolean>>, BrokerAuthErrorCode, number]>([
    ["missing-field", {}, "configuration", 1],
    ["missing-field", { step: "validate" }, "configuration", 2],
    ["missing-header", {}, "protocol_error", 1],
    ["missing-header", { step: "validate" }, "protocol_error", 2],
    ["view-expired", {}, "challenge_expired", 2],
    ["view-expired", { failureStyle: "docs" }, "challenge_expired", 2],
    ["view-expired", { failureStyle: "gateway" }, "challenge_expired", 2],
    ["inner-429", {}, "invalid_credentials", 1],
    ["rate-limit", {}, "rate_limited", 1],
    ["rate-limit", { step: "validate" }, "rate_limited", 2],
    ["upstream", {}, "outcome_unknown", 1],
    ["upstream", { step: "validate" }, "outcome_unknown", 2],
    ["server-error", { status: 500 }, "outcome_unknown", 1],
    ["server-error", { status: 503 }, "outcome_unknown", 1],
    ["server-error", { status: 504, step: "validate" }, "outcome_unknown", 2],
    ["html-page", { status: 200 }, "protocol_error", 1],
    ["html-page", { status: 401 }, "protocol_error", 1],
    ["html-page", { status: 502 }, "outcome_unknown", 1],
    ["html-page", { status: 200, step: "validate" }, "protocol_error", 2],
    ["reset", {}, "outcome_unknown", 1],
    ["reset", { step: "validate" }, "outcome_unknown", 2],
    ["reset-after-validate", {}, "outcome_unknown", 2],
    ["wrong-ktype", {}, "protocol_error", 2],
    ["no-token", {}, "protocol_error", 1],
    ["no-token", { step: "validate" }, "protocol_error", 2],
    ["no-token", { field: "sid", step: "validate" }, "protocol_error", 2],
    ["no-token", { bare: true }, "protocol_error", 1],
    ["wrong-type", {}, "protocol_error", 1],
    ["wrong-type", { field: "sid", step: "validate" }, "protocol_error", 2],
    ["proto-keys", {}, "protocol_error", 1],
    ["proto-keys", { step: "validate" }, "protocol_error", 2],
    ["huge-body", {}, "protocol_error", 1],
    ["huge-body", { step: "validate" }, "protocol_error", 2],
    ["gzip-bomb", {}, "protocol_error", 1],
    ["truncated-json", {}, "protocol_error", 1],
    ["truncated-json", { step: "validate" }, "protocol_error", 2],
    ["truncated-json", { cut: true }, "outcome_unknown", 1],
    ["forbidden", {}, "broker_unavailable", 1],
    ["forbidden", { step: "validate" }, "broker_unavailable", 2],
  ])("%s %j is %s, and nothing follows it", async (name, parameters, code, calls) => {
    await using test = await openTestEnvironment();
    test.play(name, parameters);
    expect(await refusalOf(test.login)).toMatchObject({ code });
    expect(test.entries()).toHaveLength(calls);
  });

  it("carries the wait that a rate limit asks for, and the next try has a new time step (rate-limit)", async () => {
    await using test = await openTestEnvironment();
    test.play("rate-limit", { retryAfterSeconds: 2, times: 1 });
    expect(await refusalOf(test.login)).toMatchObject({ code: "rate_limited", retryAfterMs: 2000 });
    await test.login();
    const [refused, accepted] = test.entries();
    expect(refused?.body).not.toStrictEqual(accepted?.body);
  });

  it("may be late within the time limit, and not beyond (slow, hang)", async () => {
    await using patient = await openTestEnvironment();
    patient.play("slow", { ms: 50 });
    expect((await patient.login()).tokens.baseUrl).toBe(patient.sandbox.tradingUrl);

    for (const [name, parameters] of [
      ["slow", { ms: 60_000 }],
      ["slow-bytes", { everyMs: 5000 }],
      ["hang", {}],
    ] as const) {
      await using test = await openTestEnvironment({ options: { timeoutMs: 150 } });
      test.play(name, parameters);
      expect(await refusalOf(test.login)).toMatchObject({ code: "outcome_unknown" });
      expect(test.entries()).toHaveLength(1);
    }
  });

  it("ends with the caller's signal", async () => {
    const caller = new AbortController();
    await using test = await openTestEnvironment({ context: { signal: caller.signal } });
    test.play("hang");
    const login = refusalOf(test.login);
    await test.sandbox.journal.until({ step: "login" });
    caller.abort();
    expect(await login).toMatchObject({ code: "aborted" });
  });

  it("that is lost after call 2 does not lead to a blind second login (reset-after-validate)", async () => {
    await using test = await openTestEnvironment();
    test.play("reset-after-validate");
    expect(await refusalOf(() => test.engine().session("hedge"))).toMatchObject({ code: "outcome_unknown" });
    expect(test.sandbox.journal.count({ step: ["login", "validate"] })).toBe(2);
  });

  it.each([301, 302, 307, 308])("is not followed elsewhere by HTTP %i (redirect)", async (status) => {
    await using elsewhere = await openElsewhere();
    for (const step of ["login", "validate"]) {
      await using test = await openTestEnvironment({ sandbox: { elsewhereUrl: elsewhere.url } });
      test.play("redirect", { status, step });
      expect(await refusalOf(test.login)).toMatchObject({ code: "protocol_error", status });
    }
    expect(elsewhere.arrived()).toBe(0);
  });
});

describe("the addresses in the answer", () => {
  const kinds = ["foreign", "look-alike", "http", "ip", "user-info", "port"];
  const fields = ["baseUrl", "feedUrl", "rtUrl"];
  it.each(kinds.flatMap((kind) => fields.map((field) => [kind, field] as const)))(
    "are refused with a wrong host, and no token leaves: %s as %s (bad-base-url)",
    async (kind, field) => {
      await using test = await openTestEnvironment();
      test.play("bad-base-url", { kind, field });
      expect(await refusalOf(test.login)).toMatchObject({ code: "protocol_error", step: "tradeApiValidate" });
      expect(test.sandbox.journal.count({ listener: "trading" })).toBe(0);
    },
  );

  it("may be missing (no-base-url)", async () => {
    await using test = await openTestEnvironment();
    test.play("no-base-url");
    const step = await begin(test);
    expect(step).toMatchObject({ kind: "session", warnings: [{ code: "no_base_url" }] });
  });

  it.each(["trailing-slash", "extra-fields"] as const)("and whatever else there is do no harm (%s)", async (name) => {
    await using test = await openTestEnvironment();
    test.play(name);
    const session = await test.login();
    expect(session.tokens.baseUrl).toBe(test.sandbox.tradingUrl);
    expect(await test.provider.probe?.(session, test.credentials, test.context)).toBe("alive");
  });
});

describe("the clock", () => {
  it.each([20_000, -20_000, 95_000, -95_000, 600_000, -600_000])(
    "is measured, and a login succeeds although the broker's is off by %i ms (clock-skew)",
    async (skewMs) => {
      await using test = await openTestEnvironment();
      test.sandbox.setScenario("*", { name: "clock-skew", skewMs });
      const measured = await test.provider.serverTime?.(test.credentials, test.context);
      expect(Math.abs((measured ?? 0) - (test.clock.now() + skewMs))).toBeLessThanOrEqual(500);
      await test.engine().session("hedge");
      expect(test.sandbox.journal.count({ step: "login", outcome: "accepted" })).toBe(1);
    },
  );

  it.each([
    [95_000, "95 s apart"],
    [-600_000, "600 s apart"],
  ])(
    "is named when a code is refused with an offset of %i ms that nobody measured (clock-skew)",
    async (skewMs, words) => {
      await using test = await openTestEnvironment();
      test.sandbox.setScenario("*", { name: "clock-skew", skewMs });
      const { code, message } = await refusalOf(test.login);
      expect(code).toBe("totp_rejected");
      expect(message).toContain(words);
    },
  );

  it("is asked for without credentials", async () => {
    await using test = await openTestEnvironment();
    await test.provider.serverTime?.(test.credentials, test.context);
    const [entry] = test.entries();
    for (const name of ["authorization", "auth", "sid", "neo-fin-key"]) expect(entry?.headers).not.toHaveProperty(name);
    expect(test.entries()).toHaveLength(1);
  });
});

describe("a session in use", () => {
  it("reads reports and limits, sends an order, and gets quotes by the access token alone", async () => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    expect(await test.ask(session, "/quick/user/orders")).toMatchObject({ status: 200, json: { stat: "Ok" } });
    expect(await test.ask(session, "/quick/user/limits", limits)).toMatchObject({ status: 200, json: { stat: "Ok" } });
    expect(await test.ask(session, place, order())).toMatchObject({ status: 200, json: { stat: "Ok" } });
    const quotes = await test.ask(session, "/script-details/1.0/masterscrip/file-paths");
    expect(quotes.status).toBe(200);
    expect(test.entries().flatMap(({ notes }) => notes)).toStrictEqual([]);
  });

  const forms = [
    "100022",
    "1003",
    "nested",
    "stcode-401",
    "stcode-403",
    "http-401",
    "900901",
    "10020",
    "bare",
    "empty",
  ];
  it.each(forms)("is dead when the broker says so in the form %s (session-expired)", async (form) => {
    await using test = await openTestEnvironment();
    test.play("session-expired", { form });
    expect(await judged(test, "/quick/user/positions")).toMatchObject({ kind: "dead" });
  });

  it("is asked about once when HTTP 403 says nothing, and found dead or alive (session-expired)", async () => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    test.play("session-expired", { form: "http-403", step: "positions" });
    const view = await test.ask(session, "/quick/user/positions");
    expect(test.provider.classify(view, session, test.clock.now())).toMatchObject({
      kind: "suspect",
      otherwise: { code: "permission_denied" },
    });
    test.sandbox.clearScenarios();
    const other = await test.login();
    expect(await test.provider.probe?.(other, test.credentials, test.context)).toBe("alive");
  });

  it.each<[KotakNeoScenarioName, string, RequestInit | undefined, BrokerAuthErrorCode]>([
    ["ip-not-allowed", place, order(), "ip_not_allowed"],
    ["session-ip", place, order(), "ip_not_allowed"],
    ["rate-limit", "/quick/user/orders", undefined, "rate_limited"],
    ["upstream", "/quick/user/orders", undefined, "broker_unavailable"],
    ["server-error", "/quick/user/limits", limits, "broker_unavailable"],
    ["html-page", "/quick/user/orders", undefined, "broker_unavailable"],
  ])("is kept when a call is refused for another reason: %s", async (name, path, init, code) => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    test.play(name, { times: 1 });
    const view = await test.ask(session, path, init);
    expect(test.provider.classify(view, session, test.clock.now())).toMatchObject({
      kind: "refused",
      refusal: { code },
    });
    expect(await test.provider.probe?.(session, test.credentials, test.context)).toBe("alive");
    expect(test.sandbox.journal.count({ step: "login" })).toBe(1);
  });

  it.each<[KotakNeoScenarioName, Readonly<Record<string, number>>]>([
    ["no-data", {}],
    ["html-page", { status: 200 }],
    ["echo-secrets", {}],
  ])("lives on with %s %j", async (name, parameters) => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    test.play(name, { ...parameters, times: 1 });
    const view = await test.ask(session, "/quick/user/positions");
    expect(test.provider.classify(view, session, test.clock.now())).toStrictEqual({ kind: "alive" });
  });

  it.each([401, 403])("is not ended by a page under %d: the probe decides (html-page)", async (status) => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    test.play("html-page", { status, times: 1 });
    const view = await test.ask(session, "/quick/user/positions");
    expect(test.provider.classify(view, session, test.clock.now()).kind).toBe("suspect");
    test.play("html-page", { status, times: 2 });
    expect(await test.provider.probe?.(session, test.credentials, test.context)).toBe("unknown");
  });

  it("is not touched by a refused quotes call (wrong-access-token)", async () => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    for (const failureStyle of styles) {
      test.play("wrong-access-token", { failureStyle, times: 1 });
      const view = await test.ask(session, "/script-details/1.0/quotes/neosymbol/nse_cm|11536/all");
      expect(view.status).toBe(401);
      expect(test.provider.classify(view, session, test.clock.now())).toStrictEqual({ kind: "alive" });
    }
  });

  it("is probed as dead after it was replaced or its token reset, and as unknown while the broker is down", async () => {
    await using test = await openTestEnvironment();
    const { provider, credentials, context } = test;
    const session = await test.login();
    test.play("server-error");
    expect(await provider.probe?.(session, credentials, context)).toBe("unknown");
    test.sandbox.clearScenarios();
    test.sandbox.otherDeviceLogin("hedge", { endOthers: true });
    expect(await provider.probe?.(session, credentials, context)).toBe("dead");
    const next = await test.login();
    test.sandbox.resetAccessToken("hedge");
    expect(await provider.probe?.(next, credentials, context)).toBe("dead");
  });

  it("is not taken for dead because the access token in the configuration is a wrong one", async () => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    const mistyped = test.provider.parseCredentials({ ...test.input, accessToken: "mistyped" });
    expect(await test.provider.probe?.(session, mistyped, test.context)).toBe("alive");
  });

  it("shows from which address the broker sees it", async () => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    test.sandbox.setCallerAddress("198.51.100.7");
    const report = await test.provider.network?.(session, test.credentials, test.context);
    expect(report).toMatchObject({ address: "198.51.100.7", allowed: undefined });
  });
});

describe("with the engine", () => {
  it("a dead session costs one login, and a read is repeated once (session-expired)", async () => {
    await using test = await openTestEnvironment();
    const engine = test.engine();
    await engine.session("hedge");
    test.play("session-expired", { times: 1 });
    const read = await engine.fetch("hedge", "/quick/user/limits", limits);
    expect(await read.json()).toMatchObject({ stat: "Ok" });
    expect(test.sandbox.journal.count({ step: "limits" })).toBe(2);
    expect(test.sandbox.journal.count({ step: "login" })).toBe(2);
  });

  it("an order that met a dead session is not repeated, and the next session is ready (session-expired)", async () => {
    await using test = await openTestEnvironment();
    const engine = test.engine();
    await engine.session("hedge");
    test.play("session-expired", { times: 1 });
    const refused = await refusalOf(() => engine.fetch("hedge", place, order()));
    expect(refused).toMatchObject({ code: "session_expired" });
    expect(test.sandbox.journal.count({ step: "place-order" })).toBe(1);
    expect(test.sandbox.journal.count({ step: "login" })).toBe(2);
  });

  it.each([
    [503, "lives", 1],
    [503, "has ended", 2],
    [424, "lives", 1],
    [424, "has ended", 2],
  ] as const)(
    "an order answered by %i with the code of a dead session may have been executed, whether the session %s",
    async (status, state, logins) => {
      await using test = await openTestEnvironment({ sandbox: { sessions: "exclusive" } });
      // In front of the broker, which takes the order: something that fails at it, and says what it likes.
      const failing: typeof fetch = async (input, init) => {
        const taken = await fetch(input, init);
        if (new URL(input instanceof Request ? input.url : input).pathname !== place) return taken;
        await taken.body?.cancel();
        if (state === "has ended") test.sandbox.otherDeviceLogin("hedge");
        return Response.json({ stat: "Not_Ok", stCode: 1003, errMsg: "Invalid session" }, { status });
      };
      const engine = test.engine({}, failing);
      await engine.session("hedge");
      const error = await refusalOf(() => engine.fetch("hedge", place, order()));
      expect(error).toMatchObject({ code: "outcome_unknown", status });
      expect(`${error.message} ${error.action}`).not.toContain("not executed");
      expect(test.sandbox.journal.count({ step: "place-order", outcome: "accepted" })).toBe(1);
      expect(test.sandbox.journal.count({ step: "login" })).toBe(logins);
      expect((await engine.fetch("hedge", "/quick/user/orders")).status).toBe(200);
    },
  );

  it("midnight ends the session before it is used, without a refusal (midnight)", async () => {
    await using test = await openTestEnvironment();
    const engine = test.engine();
    await engine.session("hedge");
    test.clock.set(Date.UTC(2031, 2, 3, 18, 30, 20));
    const answered = await engine.fetch("hedge", "/quick/user/orders");
    expect(answered.status).toBe(200);
    expect(test.sandbox.journal.count({ step: "login" })).toBe(2);
    expect(test.sandbox.journal.count({ listener: "trading", outcome: "refused" })).toBe(0);
  });

  it("a login in the last minutes of the day waits for the next one", async () => {
    await using test = await openTestEnvironment();
    test.clock.set(Date.UTC(2031, 2, 3, 18, 26));
    const { expiresAt } = await test.engine().session("hedge");
    expect(expiresAt).toBe(Date.UTC(2031, 2, 4, 18, 30));
    expect(test.entries().find(({ step }) => step === "login")?.at).toBeGreaterThan(Date.UTC(2031, 2, 3, 18, 30));
  });

  it("somebody else's logins end in session_replaced, not in a fight (session-replaced)", async () => {
    await using test = await openTestEnvironment();
    const engine = test.engine();
    await engine.session("hedge");
    test.play("session-replaced");
    expect(await refusalOf(() => engine.fetch("hedge", "/quick/user/orders"))).toMatchObject({
      code: "session_replaced",
    });
    expect(test.sandbox.journal.count({ step: "login" })).toBe(2);
  });

  it("a reset of the access token ends in invalid_credentials at once: no further code mends it (token-reset)", async () => {
    await using test = await openTestEnvironment();
    const engine = test.engine();
    await engine.session("hedge");
    test.sandbox.resetAccessToken("hedge");
    const refused = await refusalOf(() => engine.fetch("hedge", "/quick/user/orders"));
    expect(refused).toMatchObject({ code: "invalid_credentials", field: "accessToken" });
    expect(await refusalOf(() => engine.session("hedge"))).toMatchObject({ code: "login_blocked" });
    expect(test.sandbox.journal.count({ step: "login" })).toBe(2);
  });

  it.each(["ip-not-allowed", "session-ip"] as const)("a wrong address never leads to a login (%s)", async (name) => {
    await using test = await openTestEnvironment();
    const engine = test.engine();
    const { generation } = await engine.session("hedge");
    test.play(name);
    expect(await refusalOf(() => engine.fetch("hedge", place, order()))).toMatchObject({ code: "ip_not_allowed" });
    expect((await engine.session("hedge")).generation).toBe(generation);
    expect(test.sandbox.journal.count({ step: "login" })).toBe(1);
  });

  it("HTTP 403 without a code is permission_denied when the probe finds the session alive (forbidden)", async () => {
    await using test = await openTestEnvironment();
    const engine = test.engine();
    await engine.session("hedge");
    test.play("forbidden", { step: "limits" });
    const refused = await refusalOf(() => engine.fetch("hedge", "/quick/user/limits", limits));
    expect(refused).toMatchObject({ code: "permission_denied" });
    expect(test.sandbox.journal.count({ step: "login" })).toBe(1);
  });

  it("a report without data comes back as it is (no-data)", async () => {
    await using test = await openTestEnvironment();
    test.play("no-data");
    const answered = await test.engine().fetch("hedge", "/quick/user/positions");
    expect(await answered.json()).toMatchObject({ stCode: 5203 });
  });

  it("a logout is local: nothing is sent, and the broker's session lives on", async () => {
    await using test = await openTestEnvironment();
    const engine = test.engine();
    const session = await engine.session("hedge");
    const sent = test.entries().length;
    await engine.logout("hedge");
    expect(test.entries()).toHaveLength(sent);
    expect(await test.provider.probe?.(session, test.credentials, test.context)).toBe("alive");
  });

  it("a person is asked for what is missing", async () => {
    await using test = await openTestEnvironment({ fields: { totpSecret: undefined, mpin: undefined } });
    const engine = test.engine();
    expect(await refusalOf(() => engine.session("hedge"))).toMatchObject({ code: "needs_input", challenge: "totp" });
    const session = await engine.login("hedge", {
      totp: () => test.sandbox.totpCode("hedge"),
      mpin: () => test.customer.mpin,
    });
    expect(session).toMatchObject({ broker: "kotak-neo", account: "hedge", environment: "sandbox" });
    expect(test.sandbox.journal.count({ step: ["login", "validate"] })).toBe(2);
  });

  it("a typed MPIN that was refused is known again when it is configured", async () => {
    await using test = await openTestEnvironment({ fields: { mpin: undefined } });
    const typed = test.engine().login("hedge", { mpin: () => "111111" });
    expect(await refusalOf(() => typed)).toMatchObject({ code: "pin_rejected" });
    const configured = test.engine({ mpin: "111111" });
    expect(await refusalOf(() => configured.session("hedge"))).toMatchObject({ code: "login_blocked" });
    expect(test.sandbox.journal.count({ step: "login" })).toBe(1);
    expect(test.sandbox.journal.count({ step: "validate" })).toBe(1);
  });
});

describe("the feeds", () => {
  it.each(["market", "orders"])("of %s take the session's first frame, and refuse a dead session", async (purpose) => {
    await using test = await openTestEnvironment();
    const { provider, credentials, context } = test;
    const session = await test.login();
    const plan = await provider.socket?.(session, credentials, purpose, context);
    expect(plan?.url).toMatch(/^ws:\/\/127\.0\.0\.1:/);
    expect(await firstVerdict(plan)).toBe("accepted");
    test.sandbox.otherDeviceLogin("hedge", { endOthers: true });
    expect(await firstVerdict(plan)).toBe("refused");
    expect(test.entries().flatMap(({ notes }) => notes)).toStrictEqual([]);
  });
});

describe("nothing leaks", () => {
  const cases: readonly (readonly [string, TestEnvironmentOptions])[] = [
    ["everything as configured", {}],
    ["typed", { fields: { totpSecret: undefined, mpin: undefined } }],
  ];
  it.each(cases)("when refusals repeat the request: %s (echo-secrets)", async (_, options) => {
    for (const step of ["login", "validate"]) {
      for (const status of [200, 401, 500]) {
        await using test = await openTestEnvironment(options);
        test.play("echo-secrets", { step, status });
        const error = await refusalOf(() => toTheEnd(test));
        expect(["totp_rejected", "pin_rejected"]).toContain(error.code);
        const shown = [
          inspect(error, { depth: 9, showHidden: true }),
          JSON.stringify(error),
          String(error),
          error.stack,
        ];
        for (const hidden of secretsOf(test)) expect(shown.join("\n")).not.toContain(hidden);
      }
    }
  });

  it.each([
    "wrong-access-token",
    "wrong-pin",
    "bad-base-url",
    "wrong-type",
    "server-error",
    "reset",
    "truncated-json",
  ] as const)("from the failure %s", async (name) => {
    await using test = await openTestEnvironment();
    test.play(name);
    const error = await refusalOf(test.login);
    const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
    for (const hidden of secretsOf(test)) expect(shown).not.toContain(hidden);
  });

  it("from a session, its warnings or a pending login's error", async () => {
    await using test = await openTestEnvironment();
    const step = await begin(test);
    const shown = inspect(step, { depth: 9, showHidden: true }) + JSON.stringify(step) + inspect(test.credentials);
    for (const hidden of secretsOf(test)) expect(shown).not.toContain(hidden);
  });
});

/** Everything that must never be seen: what was configured, and every code, token and sid that crossed the wire. */
function secretsOf({ customer, sandbox }: TestEnvironment): string[] {
  const { accessToken, mobileNumber, ucc, mpin, totpSecret } = customer;
  const crossed = sandbox.journal.entries().flatMap(({ body, headers }) => {
    const { totp } = (body ?? {}) as { readonly totp?: string };
    return [totp, headers["auth"], headers["sid"]].filter((value) => value !== undefined);
  });
  const minted = sandbox.accounts().flatMap((account) => {
    const sessions = account["sessions"] as readonly { readonly token: string; readonly sid: string }[];
    return sessions.flatMap(({ token, sid }) => [token, sid]);
  });
  return [accessToken, mobileNumber, mobileNumber.slice(3), ucc, mpin, totpSecret, "ABCDE1234F", ...crossed, ...minted];
}

async function toTheEnd(test: TestEnvironment): Promise<Step> {
  let step = await begin(test);
  while (step.kind === "challenge") {
    const { kind } = step.challenge;
    const value = kind === "totp" ? test.sandbox.totpCode("hedge") : test.customer.mpin;
    step = await answer(test, step, { kind, value });
  }
  return step;
}

function firstVerdict(plan: SocketPlan | undefined): Promise<string> {
  if (plan === undefined) throw new Error("there is no plan");
  const socket = new WebSocket(plan.url);
  return new Promise((resolve, reject) => {
    socket.addEventListener("open", () => {
      for (const frame of plan.frames) socket.send(frame.reveal());
    });
    socket.addEventListener("message", ({ data }) => {
      const verdict = plan.classify(String(data));
      if (verdict === "other") return;
      socket.close();
      resolve(verdict);
    });
    socket.addEventListener("error", () => reject(new Error("the socket failed")));
  });
}

/** An origin of somebody else, which counts what is led there. */
async function openElsewhere(): Promise<AsyncDisposable & { readonly url: string; arrived(): number }> {
  let arrived = 0;
  const server = createServer((_, response) => {
    arrived += 1;
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    arrived: () => arrived,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
