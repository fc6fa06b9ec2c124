import { inspect } from "node:util";
import type {
  SocketPlan,
  Answer,
  BrokerAuthErrorCode,
  ProviderContext,
  LoginStep,
  ResponseView,
  Session,
} from "@x/core/adapter";
import { type BrokerAuthError, Secret } from "@x/core/adapter";
import { testContext } from "@x/core/testing";
import type { NubraScenarioName } from "@x/sandbox";
import { describe, expect, it } from "vitest";
import { startNubraSandbox } from "@x/sandbox";
import { nubra } from "./provider.ts";
import { challenged, opened, refused } from "./testing/scripted-broker.ts";
import {
  held,
  type TestEnvironment,
  openTestEnvironment,
  type TestEnvironmentOptions,
} from "./testing/test-environment.ts";
import type { NubraTokens } from "./tokens.ts";

type Step = LoginStep<NubraTokens>;

async function begun({ provider, credentials, context }: TestEnvironment): Promise<Step> {
  return provider.begin(credentials, context);
}

async function given(test: TestEnvironment, step: Step, answer: Answer): Promise<Step> {
  return test.provider.answer(challenged(step).pending, answer, test.credentials, test.context);
}

function lastSms({ sandbox }: TestEnvironment, account = "sms"): string {
  return sandbox.inbox(account).at(-1)!.code;
}

const bySms: TestEnvironmentOptions = { account: "sms" };

/** What the engine would show the adapter of an answer. */
async function seen(test: TestEnvironment, session: Session<NubraTokens>, path: string): Promise<ResponseView> {
  const { origin, headers } = test.provider.authorize(session, test.credentials, { path });
  const response = await fetch(`${origin}${path}`, { headers });
  await response.body?.cancel();
  return {
    method: "GET",
    path: path.split("?")[0]!,
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
  };
}

describe("logins", () => {
  it("by TOTP take two calls, and the session works", async () => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    expect(await test.provider.probe!(session, test.credentials, test.context)).toBe("alive");
    expect(test.arrived()).toEqual(["totp-login accepted", "verifypin accepted", "userinfo accepted"]);
    expect(session.expiresAt).toBe(Math.floor((test.clock.now() + 7 * 3_600_000) / 1000) * 1000);
    expect(test.entries().flatMap(({ notes }) => notes)).toEqual([]);
  });

  it("by OTP send one SMS and take three calls", async () => {
    await using test = await openTestEnvironment(bySms);
    const step = await begun(test);
    expect(challenged(step).challenge).toMatchObject({ kind: "otp", sentTo: "phone ending in 02", attemptsLeft: 4 });
    opened(await given(test, step, { kind: "otp", value: lastSms(test) }));
    expect(test.arrived()).toEqual(["sendphoneotp accepted", "verifyphoneotp accepted", "verifypin accepted"]);
    expect(test.sandbox.inbox("sms")).toHaveLength(1);
  });

  it("by OTP for a TOTP account make exactly two sends (totp-account-otp)", async () => {
    await using test = await openTestEnvironment({ fields: { totpSecret: undefined } });
    const step = await begun(test);
    opened(await given(test, step, { kind: "otp", value: lastSms(test, "main") }));
    expect(test.arrived()).toEqual([
      "sendphoneotp accepted",
      "sendphoneotp accepted",
      "verifyphoneotp accepted",
      "verifypin accepted",
    ]);
    expect(test.sandbox.inbox("main")).toHaveLength(1);
    expect(test.entries().flatMap(({ notes }) => notes)).toEqual([]);
  });

  it("by OTP of an account that the scenario turns into a TOTP account succeed as well", async () => {
    await using test = await openTestEnvironment(bySms);
    test.play("totp-account-otp", { times: 1 });
    const step = await begun(test);
    opened(await given(test, step, { kind: "otp", value: lastSms(test) }));
    expect(test.arrived().filter((entry) => entry.startsWith("sendphoneotp"))).toHaveLength(2);
  });

  it("ask for the MPIN where it is not configured", async () => {
    await using test = await openTestEnvironment({ fields: { mpin: undefined } });
    const step = await begun(test);
    expect(challenged(step).challenge.kind).toBe("mpin");
    opened(await given(test, step, { kind: "mpin", value: "1357" }));
  });

  it("send a code with leading zeros as an integer, in one call (leading-zero)", async () => {
    await using test = await openTestEnvironment();
    test.play("leading-zero");
    // The scenario moves the broker's clock to that step; ours follows, one second into it.
    test.clock.set(test.clock.now());
    const offsetMs = test.sandbox.clock.now() - test.clock.now() + 1000;
    test.clock.advance(offsetMs);
    test.sandbox.clock.advance(1000 - offsetMs);
    expect(test.sandbox.totpCode("main")).toMatch(/^0/);
    await test.login();
    const [login] = test.entries();
    expect(login?.body).toMatchObject({ totp: Number(test.sandbox.totpCode("main")) });
    expect(test.arrived()).toEqual(["totp-login accepted", "verifypin accepted"]);
  });

  it("take unusual forms of success (odd-success)", async () => {
    for (const under of ["session_token", "token"]) {
      await using test = await openTestEnvironment();
      test.play("odd-success", { under });
      const session = await test.login();
      expect(await test.provider.probe!(session, test.credentials, test.context)).toBe("alive");
      expect((await test.provider.socket!(session, test.credentials, "market", test.context)).url).toMatch(/^ws:/);
    }
  });

  it("with a second code supersede the first one", async () => {
    await using test = await openTestEnvironment(bySms);
    const first = await begun(test);
    const older = lastSms(test);
    const second = await given(test, first, { kind: "resend" });
    expect((await refused(given(test, first, { kind: "otp", value: older }))).code).toBe("challenge_expired");
    opened(await given(test, second, { kind: "otp", value: lastSms(test) }));
    expect(test.sandbox.inbox("sms")).toHaveLength(2);
    expect(test.entries().flatMap(({ notes }) => notes)).toEqual([]);
  });

  it("by a typed TOTP code go past the SMS", async () => {
    await using test = await openTestEnvironment({ fields: { totpSecret: undefined } });
    const step = await begun(test);
    opened(await given(test, step, { kind: "totp", value: test.sandbox.totpCode("main")! }));
    expect(test.arrived().slice(2)).toEqual(["totp-login accepted", "verifypin accepted"]);
  });

  it("of another environment's session are no logins here: environments share nothing", async () => {
    await using production = await openTestEnvironment();
    await using uat = await openTestEnvironment({ sandbox: { environment: "uat" } });
    const session = await production.login();
    expect(await uat.provider.probe!(session, uat.credentials, uat.context)).toBe("dead");
    await uat.login();
    expect(await production.provider.probe!(session, production.credentials, production.context)).toBe("alive");
  });

  it("end the session of the login before", async () => {
    await using test = await openTestEnvironment();
    const first = await test.login();
    const second = await test.login();
    expect(await test.provider.probe!(first, test.credentials, test.context)).toBe("dead");
    expect(await test.provider.probe!(second, test.credentials, test.context)).toBe("alive");
  });

  it("bind the session to the device id", async () => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    const elsewhere = { ...session, deviceId: new Secret("another-device") };
    expect(await test.provider.probe!(elsewhere, test.credentials, test.context)).toBe("dead");
  });
});

describe("the original page's broker (profile documented)", () => {
  const documented = { profile: "documented" } as const;

  it("is logged in to with otpStart two-call", async () => {
    await using test = await openTestEnvironment({ ...bySms, sandbox: documented, options: { otpStart: "two-call" } });
    const step = await begun(test);
    opened(await given(test, step, { kind: "otp", value: lastSms(test) }));
    expect(test.arrived().filter((entry) => entry.startsWith("sendphoneotp"))).toHaveLength(2);
  });

  it("makes a login with otpStart auto name the option, because both look alike until the code is verified", async () => {
    await using test = await openTestEnvironment({ ...bySms, sandbox: documented });
    const step = await begun(test);
    const error = await refused(given(test, step, { kind: "otp", value: "123456" }));
    expect(error.code).toBe("challenge_expired");
    expect(error.action).toContain('otpStart: "two-call"');
    expect(test.entries()).toHaveLength(2);
  });

  it("is logged in to by e-mail", async () => {
    await using test = await openTestEnvironment({
      sandbox: documented,
      fields: { email: "main@example.com" },
      options: { totpIdentifier: "email" },
    });
    await test.login();
    expect(test.entries()[0]?.body).not.toHaveProperty("phone");
  });

  it("that really takes the code as text is logged in to with totpWire string", async () => {
    await using test = await openTestEnvironment({ sandbox: { totpWire: "string" }, options: { totpWire: "string" } });
    await test.login();
    await using strict = await openTestEnvironment({ options: { totpWire: "string" } });
    expect((await refused(begun(strict))).code).toBe("totp_rejected");
    expect(strict.entries()).toHaveLength(1);
  });

  it("gets a live session poisoned by a blind second send, which is why auto does not make one", async () => {
    await using test = await openTestEnvironment({
      ...bySms,
      sandbox: { lint: false },
      options: { otpStart: "two-call" },
    });
    const step = await begun(test);
    const error = await refused(given(test, step, { kind: "otp", value: lastSms(test) }));
    expect(error.code).toBe("challenge_expired");
    expect(error.action).not.toContain("two-call");
  });
});

describe("refused factors", () => {
  const styles = ["current", "status-401", "message", "detail", "empty"] as const;

  it.each(styles)("a wrong OTP comes back as the challenge, in the style %s (wrong-otp)", async (failureStyle) => {
    await using test = await openTestEnvironment({ ...bySms, sandbox: { failureStyle } });
    test.play("wrong-otp", { times: 1 });
    const step = await begun(test);
    const again = await given(test, step, { kind: "otp", value: lastSms(test) });
    expect(challenged(again).refused).toMatchObject({ code: "otp_rejected", attemptsLeft: 3 });
    expect(test.entries()).toHaveLength(2);
    opened(await given(test, again, { kind: "otp", value: lastSms(test) }));
  });

  it.each(styles)("a wrong TOTP code ends the login, in the style %s (wrong-totp)", async (failureStyle) => {
    await using test = await openTestEnvironment({ sandbox: { failureStyle } });
    test.play("wrong-totp");
    expect((await refused(begun(test))).code).toBe("totp_rejected");
    expect(test.entries()).toHaveLength(1);
  });

  it.each(styles)("a wrong MPIN ends the login, in the style %s (wrong-pin)", async (failureStyle) => {
    await using test = await openTestEnvironment({ sandbox: { failureStyle } });
    test.play("wrong-pin");
    expect((await refused(begun(test))).code).toBe("pin_rejected");
    expect(test.entries()).toHaveLength(2);
  });

  it("a locked account stops everything after one call (lockout)", async () => {
    for (const account of ["main", "sms"] as const) {
      await using test = await openTestEnvironment({ account });
      test.play("lockout");
      expect((await refused(begun(test))).code).toBe("account_locked");
      expect(test.entries()).toHaveLength(1);
    }
  });

  it("a lock that falls between the factors is found at the MPIN", async () => {
    await using test = await openTestEnvironment();
    test.play("lockout", { step: "verifypin" });
    expect(await refused(begun(test))).toMatchObject({ code: "account_locked", step: "verifypin" });
  });

  it("too many sends stop at the send (send-limit)", async () => {
    await using test = await openTestEnvironment(bySms);
    test.play("send-limit");
    expect(await refused(begun(test))).toMatchObject({ code: "account_locked", step: "sendphoneotp" });
    expect(test.entries()).toHaveLength(1);
  });

  it("the last wrong OTP is told as a lock", async () => {
    await using test = await openTestEnvironment(bySms);
    let step = await begun(test);
    for (const left of [3, 2, 1]) {
      step = await given(test, step, { kind: "otp", value: "000000" });
      expect(challenged(step).refused?.attemptsLeft).toBe(left);
    }
    expect((await refused(given(test, step, { kind: "otp", value: "000000" }))).code).toBe("account_locked");
  });

  it("a late code ends the login (otp-expired)", async () => {
    await using test = await openTestEnvironment(bySms);
    const step = await begun(test);
    test.clock.advance(5 * 60_000);
    expect((await refused(given(test, step, { kind: "otp", value: lastSms(test) }))).code).toBe("challenge_expired");
  });

  it.each(["current", "message", "detail", "status-401"] as const)(
    "a superseded temporary token ends the login, in the style %s (stale-temp-token)",
    async (failureStyle) => {
      await using test = await openTestEnvironment({ ...bySms, sandbox: { failureStyle } });
      test.play("stale-temp-token");
      const step = await begun(test);
      expect((await refused(given(test, step, { kind: "otp", value: lastSms(test) }))).code).toBe("challenge_expired");
    },
  );

  it("an account without TOTP is a matter of the configuration (totp-not-enrolled)", async () => {
    await using test = await openTestEnvironment({
      ...bySms,
      fields: { totpSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" },
    });
    const error = await refused(begun(test));
    expect(error.code).toBe("configuration");
    expect(error.action).toContain("Enrol TOTP");
    expect(test.entries()).toHaveLength(1);
  });

  it("an unknown phone is refused once", async () => {
    await using test = await openTestEnvironment({ fields: { phone: "9111111111", totpSecret: undefined } });
    expect(await refused(begun(test))).toMatchObject({ code: "invalid_credentials", step: "sendphoneotp" });
    expect(test.entries()).toHaveLength(1);
  });
});

describe("clocks (clock-skew)", () => {
  it.each([20_000, 95_000, -95_000, 600_000])(
    "%d ms apart are measured, and then the login succeeds",
    async (skewMs) => {
      await using test = await openTestEnvironment();
      test.sandbox.scenarios.set("*", { name: "clock-skew", skewMs });
      const at = await test.provider.serverTime!(test.credentials, test.context);
      const offsetMs = at - test.clock.now();
      expect(Math.abs(offsetMs - skewMs)).toBeLessThanOrEqual(500);
      const context = testContext({ clock: test.clock });
      const corrected: ProviderContext = {
        ...context,
        now: () => test.clock.now() + offsetMs,
        recordAttempt: async (attempt) => context.recordAttempt(attempt),
      };
      opened(await test.provider.begin(test.credentials, corrected));
    },
  );

  it.each([95_000, 600_000])("%d ms apart and not measured are named in the refusal", async (skewMs) => {
    await using test = await openTestEnvironment();
    test.sandbox.scenarios.set("*", { name: "clock-skew", skewMs });
    const error = await refused(begun(test));
    expect(error.code).toBe("totp_rejected");
    expect(error.message).toContain(`about ${skewMs / 1000} s apart`);
  });

  it("are asked for with a call that carries nothing", async () => {
    await using test = await openTestEnvironment();
    await test.provider.serverTime!(test.credentials, test.context);
    expect(test.entries()).toMatchObject([{ method: "GET", path: "/", body: undefined }]);
    const headers = Object.keys(test.entries()[0]?.headers ?? {});
    expect(headers).not.toContain("authorization");
    expect(headers).not.toContain("x-device-id");
  });
});

describe("the life of a session", () => {
  it("goes on by MPIN alone when it has run out (session-expired)", async () => {
    await using test = await openTestEnvironment();
    const { session, renewal } = opened(await begun(test));
    test.play("session-expired", { times: 1 });
    expect(await test.provider.probe!(held(session), test.credentials, test.context)).toBe("dead");
    const renewed = opened(await test.provider.renew!(renewal!, test.credentials, test.context));
    expect(await test.provider.probe!(held(renewed.session, 2), test.credentials, test.context)).toBe("alive");
    expect(test.arrived().filter((entry) => entry === "totp-login accepted")).toHaveLength(1);
  });

  it.each(["current", "message", "empty", "status-401"] as const)(
    "needs a full login once the auth token is over, told in the style %s (auth-token-expired)",
    async (failureStyle) => {
      await using test = await openTestEnvironment({ sandbox: { failureStyle } });
      const { renewal } = opened(await begun(test));
      test.sandbox.endAuthTokens("main");
      expect((await refused(test.provider.renew!(renewal!, test.credentials, test.context))).code).toBe(
        "session_expired",
      );
      await test.login();
    },
  );

  it("ends at the probe when somebody logs in elsewhere (session-replaced)", async () => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    test.play("session-replaced", { times: 1 });
    const answer = await seen(test, session, "/portfolio/holdings");
    expect(test.provider.classify(answer, session, test.clock.now())).toEqual({ kind: "suspect" });
    expect(await test.provider.probe!(session, test.credentials, test.context)).toBe("dead");
  });

  it("does not end with a report that is not there (report-440)", async () => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    const answer = await seen(test, session, "/reports/contract-note?date=2099-01-01");
    expect(answer.status).toBe(440);
    expect(test.provider.classify(answer, session, test.clock.now())).toEqual({ kind: "suspect" });
    expect(await test.provider.probe!(session, test.credentials, test.context)).toBe("alive");
  });

  it("ends by logout, and a second logout is no failure", async () => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    await test.provider.revoke!(session, test.credentials, test.context);
    expect(await test.provider.probe!(session, test.credentials, test.context)).toBe("dead");
    await expect(test.provider.revoke!(session, test.credentials, test.context)).resolves.toBeUndefined();
  });

  it("is kept by the engine through renewal, repeating the failed read once and an order never", async () => {
    await using test = await openTestEnvironment();
    await using auth = test.engine();
    const first = await auth.session("main");
    test.play("session-expired", { times: 1 });
    expect((await auth.fetch("main", "/portfolio/holdings")).status).toBe(200);
    expect((await auth.session("main")).generation).toBeGreaterThan(first.generation);
    expect(test.arrived().filter((entry) => entry.startsWith("holdings"))).toEqual([
      "holdings refused: session-expired",
      "holdings accepted",
    ]);

    test.play("session-expired", { times: 1 });
    const order = { method: "POST", headers: { "content-type": "application/json" }, body: '{"ref_id":1}' };
    expect((await refused(auth.fetch("main", "/orders/v2/single", order))).code).toBe("session_expired");
    expect(test.arrived().filter((entry) => entry.startsWith("order"))).toEqual(["order refused: session-expired"]);
    expect(test.arrived().filter((entry) => entry.startsWith("totp-login"))).toHaveLength(1);
  });

  it("is kept by the engine through a 440 that is about a report", async () => {
    await using test = await openTestEnvironment();
    await using auth = test.engine();
    const { generation } = await auth.session("main");
    expect((await auth.fetch("main", "/reports/contract-note?date=2099-01-01")).status).toBe(440);
    expect((await auth.session("main")).generation).toBe(generation);
    expect(test.arrived().filter((entry) => entry.startsWith("verifypin"))).toHaveLength(1);
  });

  it("is logged in to by the engine with a handler for the OTP", async () => {
    await using test = await openTestEnvironment(bySms);
    await using auth = test.engine();
    expect((await refused(auth.session("main"))).code).toBe("needs_input");
    expect(test.entries()).toEqual([]);
    await auth.login("main", { otp: () => lastSms(test) });
    expect(await auth.headers("main")).toHaveProperty("x-device-id");
    expect((await auth.fetch("main", "/userinfo")).status).toBe(200);
  });
});

describe("refusals that are not about the session", () => {
  it("an address that may not trade is reported, and the session lives (ip-not-allowed)", async () => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    expect(await test.provider.network!(session, test.credentials, test.context)).toMatchObject({
      allowed: true,
      address: "203.0.113.10",
    });
    test.play("ip-not-allowed");
    expect(await test.provider.network!(session, test.credentials, test.context)).toMatchObject({ allowed: false });
    test.play("ip-not-allowed", { registered: true });
    expect(await test.provider.network!(session, test.credentials, test.context)).toMatchObject({
      allowed: false,
      address: "203.0.113.10",
    });
    expect(await test.provider.probe!(session, test.credentials, test.context)).toBe("alive");
  });

  it("403 is a missing permission (forbidden)", async () => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    test.play("forbidden");
    expect((await refused(begun(test))).code).toBe("permission_denied");
    const answer = await seen(test, session, "/portfolio/holdings");
    expect(test.provider.classify(answer, session, test.clock.now())).toMatchObject({
      kind: "suspect",
      otherwise: { code: "permission_denied" },
    });
    expect(await test.provider.probe!(session, test.credentials, test.context)).toBe("unknown");
  });

  it.each([
    [{}, undefined],
    [{ retryAfterSeconds: 7 }, 7000],
  ])(
    "429 with %j tells how long to wait, and the next login succeeds (rate-limit)",
    async (parameters, retryAfterMs) => {
      await using test = await openTestEnvironment();
      test.play("rate-limit", { times: 1, ...parameters });
      expect(await refused(begun(test))).toMatchObject({ code: "rate_limited", retryAfterMs });
      expect(test.entries()).toHaveLength(1);
      test.clock.advance(30_000);
      await test.login();
    },
  );

  it("a client that is outdated is warned and served (deprecated)", async () => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    test.play("deprecated");
    expect(await test.provider.probe!(session, test.credentials, test.context)).toBe("alive");
    const plan = await test.provider.socket!(session, test.credentials, "market", test.context);
    expect(plan.warnings).toMatchObject([{ code: "client_deprecated" }]);
  });
});

/** Why the OTP is refused, whether that ends the login or not. */
async function refusedOtp(test: TestEnvironment, step: Step): Promise<BrokerAuthError> {
  try {
    const next = await given(test, step, { kind: "otp", value: lastSms(test) });
    return challenged(next).refused!;
  } catch (error) {
    return error as BrokerAuthError;
  }
}

describe("a TOTP login that is gone (totp-gone)", () => {
  it.each([404, 405, 410, 501])("goes on by SMS where a person is there, after %d", async (status) => {
    await using test = await openTestEnvironment();
    test.play("totp-gone", { status });
    await using auth = test.engine();
    await auth.login("main", { otp: () => lastSms(test, "main") });
    expect(test.arrived().filter((entry) => !entry.startsWith("?"))).toEqual([
      "totp-login fault: totp-gone",
      "sendphoneotp accepted",
      "verifyphoneotp accepted",
      "verifypin accepted",
    ]);
    expect((await auth.fetch("main", "/userinfo")).status).toBe(200);
  });

  it("is a matter of the configuration where nobody is there, sends no SMS and blocks nothing", async () => {
    await using test = await openTestEnvironment();
    test.play("totp-gone");
    await using auth = test.engine();
    expect(await refused(auth.session("main"))).toMatchObject({
      code: "configuration",
      message: "totp/login: Nubra no longer offers TOTP login here; remove totpSecret and log in by SMS",
    });
    expect(test.sandbox.inbox("main")).toEqual([]);
    expect((await auth.status("main")).state).not.toBe("login_blocked");
    await auth.login("main", { otp: () => lastSms(test, "main") });
  });

  it("is told at the enrolment as well", async () => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    test.play("totp-gone");
    const { enrolment } = test.provider;
    const calls = [
      () => enrolment!.generate(session, test.credentials, test.context),
      () => enrolment!.disable(session, test.credentials, test.context),
    ];
    for (const call of calls) expect((await refused(call())).code).toBe("configuration");
  });
});

describe("an answer from the way, and not from Nubra (status)", () => {
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

  it.each(turnedAway)("blames no factor at any step, and the next login succeeds: %j", async (way) => {
    const code = way.status === 429 ? "rate_limited" : "broker_unavailable";
    const retryAfterMs = "retryAfterSeconds" in way ? way.retryAfterSeconds * 1_000 : undefined;
    for (const step of ["totp-login", "verifypin"]) {
      await using test = await openTestEnvironment();
      test.play("status", { ...way, step, times: 1 });
      expect(await refused(begun(test))).toMatchObject({ code, retryAfterMs, status: way.status });
      test.clock.advance(30_000);
      await test.login();
    }
    for (const step of ["sendphoneotp", "verifyphoneotp"]) {
      await using test = await openTestEnvironment(bySms);
      test.play("status", { ...way, step, times: 1 });
      const login = async (): Promise<Step> => given(test, await begun(test), { kind: "otp", value: lastSms(test) });
      expect((await refused(login())).code).toBe(code);
      expect((await login()).kind).toBe("session");
    }
  });

  it.each(turnedAway)("leaves a renewal as good as it was: %j", async (way) => {
    await using test = await openTestEnvironment();
    const { renewal } = opened(await begun(test));
    test.play("status", { ...way, step: "verifypin", times: 1 });
    const renew = async (): Promise<Step> => test.provider.renew!(renewal!, test.credentials, test.context);
    expect((await refused(renew())).code).toBe(way.status === 429 ? "rate_limited" : "broker_unavailable");
    expect((await renew()).kind).toBe("session");
  });
});

describe("an answer that speaks against itself (contradiction)", () => {
  const kinds = ["error", "success-false", "phone", "expired"];

  it.each(kinds)("opens no session, and is given no MPIN: %s", async (kind) => {
    // The auth token is opaque: it has no end that could be read.
    for (const step of kind === "expired" ? ["verifypin"] : ["totp-login", "verifypin"]) {
      await using test = await openTestEnvironment();
      test.play("contradiction", { kind, step });
      expect((await refused(begun(test))).code).toBe("protocol_error");
      expect(test.entries()).toHaveLength(step === "totp-login" ? 1 : 2);
    }
  });

  it("is none where the phone is masked", async () => {
    await using test = await openTestEnvironment();
    test.play("contradiction", { kind: "masked-phone" });
    expect((await test.login()).expiresAt).toBeGreaterThan(test.clock.now());
  });
});

describe("a number that cannot be (odd-number)", () => {
  it("is not shown as attempts, though it is the MPIN", async () => {
    await using test = await openTestEnvironment();
    test.play("wrong-pin");
    test.play("odd-number", { step: "verifypin" });
    const error = await refused(begun(test));
    expect(error).toMatchObject({ code: "pin_rejected", attemptsLeft: undefined });
    const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
    expect(shown).not.toContain(String(test.input.mpin));
  });

  it.each([1e306, -1, 0.5])("does not reach the store, and the login goes on: expiry %d", async (value) => {
    await using test = await openTestEnvironment(bySms);
    test.play("odd-number", { field: "expiry", value });
    await using auth = test.engine();
    const begunLogin = await auth.beginLogin("main");
    expect(begunLogin).toMatchObject({ kind: "challenge", challenge: { kind: "otp" } });
    expect(JSON.stringify(begunLogin)).not.toContain("expiresAt");
    await using other = test.engine();
    expect((await other.status("main")).state).toBe("logged_out");
  });
});

describe("a broker that fails", () => {
  it.each<[NubraScenarioName, Record<string, string | number | boolean>, BrokerAuthErrorCode]>([
    ["server-error", { status: 500 }, "outcome_unknown"],
    ["server-error", { status: 503 }, "outcome_unknown"],
    ["html-page", { status: 502 }, "outcome_unknown"],
    ["html-page", { status: 200 }, "protocol_error"],
    ["html-page", { status: 400 }, "protocol_error"],
    ["html-page", { status: 401 }, "protocol_error"],
    ["html-page", { status: 403 }, "broker_unavailable"],
    ["html-page", { status: 406 }, "protocol_error"],
    ["reset", {}, "outcome_unknown"],
    ["redirect", { status: 301 }, "protocol_error"],
    ["redirect", { status: 302 }, "protocol_error"],
    ["redirect", { status: 307 }, "protocol_error"],
    ["redirect", { status: 308 }, "protocol_error"],
    ["huge-body", { bytes: 4_194_304 }, "protocol_error"],
    ["gzip-bomb", { bytes: 33_554_432 }, "protocol_error"],
    ["truncated-json", {}, "protocol_error"],
    ["truncated-json", { cut: true }, "outcome_unknown"],
    ["unexpected-next", {}, "protocol_error"],
    ["missing-token", {}, "protocol_error"],
    ["wrong-type", {}, "protocol_error"],
    ["proto-keys", {}, "protocol_error"],
  ])("by %s %j ends each step in %s, after one call of that step", async (name, parameters, code) => {
    for (const step of ["totp-login", "verifypin"]) {
      await using test = await openTestEnvironment();
      test.play(name, { ...parameters, step });
      expect((await refused(begun(test))).code).toBe(code);
      expect(test.entries()).toHaveLength(step === "totp-login" ? 1 : 2);
    }
    for (const step of ["sendphoneotp", "verifyphoneotp"]) {
      await using test = await openTestEnvironment(bySms);
      test.play(name, { ...parameters, step });
      const work = begun(test).then(async (sent) => given(test, sent, { kind: "otp", value: lastSms(test) }));
      expect((await refused(work)).code).toBe(code);
      expect(test.entries()).toHaveLength(step === "sendphoneotp" ? 1 : 2);
    }
    expect({}).not.toHaveProperty("auth_token");
  });

  it.each(
    (["hang", "slow"] as const).flatMap((name) =>
      ["totp-login", "verifypin", "sendphoneotp", "verifyphoneotp"].map((step) => [name, step] as const),
    ),
  )("by %s at %s is given up in time, and not asked again", async (name, step) => {
    const fields = { mpin: undefined };
    await using test = await openTestEnvironment(step.endsWith("otp") ? { ...bySms, fields } : { fields });
    test.play(name, { step, ms: 60_000 });
    // The step before is given all the time it takes, so that a slow machine changes nothing.
    const before = step.startsWith("verify") ? await begun(test) : undefined;
    const asked = test.entries().length;
    const hasty = nubra({ timeoutMs: 250 });
    const { credentials, context } = test;
    const answer = (): Answer =>
      step === "verifypin" ? { kind: "mpin", value: "1357" } : { kind: "otp", value: lastSms(test) };
    const work =
      before === undefined
        ? hasty.begin(credentials, context)
        : hasty.answer(challenged(before).pending, answer(), credentials, context);
    expect(await refused(work)).toMatchObject({ code: "outcome_unknown" });
    expect(test.entries().length - asked).toBeLessThanOrEqual(1);
  });

  it("by a cut connection after the session was minted leaves an unknown outcome, and spends nothing more (reset-after-mint)", async () => {
    await using test = await openTestEnvironment();
    test.play("reset-after-mint", { times: 1 });
    expect(await refused(begun(test))).toMatchObject({ code: "outcome_unknown", step: "verifypin" });
    expect(test.context.spent.map(({ factor }) => factor)).toEqual(["totp", "mpin"]);
    expect(test.entries()).toHaveLength(2);
  });

  it("by a redirect sees nothing arrive at the other origin", async () => {
    await using elsewhere = await startNubraSandbox();
    for (const status of [301, 302, 303, 307, 308]) {
      await using test = await openTestEnvironment({ sandbox: { elsewhereUrl: elsewhere.url } });
      test.play("redirect", { status });
      await refused(begun(test));
    }
    expect(elsewhere.journal.count()).toBe(0);
  });

  it.each([500, 502, 440])("at the probe with %d never kills a session that lives", async (status) => {
    await using test = await openTestEnvironment();
    const session = await test.login();
    test.play("html-page", { status });
    expect(await test.provider.probe!(session, test.credentials, test.context)).toBe("unknown");
  });

  it("keeps every secret out of what it makes of the failure (echo-secrets)", async () => {
    for (const status of [400, 401, 403, 500]) {
      await using test = await openTestEnvironment({ deviceId: "canary-device-4711" });
      const session = await test.login();
      test.clock.advance(30_000);
      const renewal = { token: new Secret("canary-auth-token"), issuedAt: test.clock.now() };
      test.play("echo-secrets", { status });
      const { provider, credentials, context } = test;
      const errors = await Promise.all([
        refused(begun(test)),
        refused(provider.renew!(renewal, credentials, context)),
        refused(provider.socket!(session, credentials, "market", context)),
        refused(provider.network!(session, credentials, context)),
        refused(provider.enrolment!.disable(session, credentials, context)),
      ]);
      await using texting = await openTestEnvironment(bySms);
      const step = await begun(texting);
      texting.play("echo-secrets", { status });
      errors.push(await refused(begun(texting)));
      errors.push(await refusedOtp(texting, step));
      const shown = errors

        .map((error) => inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error))
        .join("\n");
      const sent = test
        .entries()
        .flatMap(({ headers }) => [headers["authorization"], headers["x-device-id"], headers["x-temp-token"]]);
      const secrets = [
        test.credentials.phone.reveal(),
        "1357",
        "2468",
        lastSms(texting),
        ...sent.filter((value) => value !== undefined),
      ];
      for (const value of secrets) expect(shown).not.toContain(value);
    }
  });
});

describe("TOTP enrolment", () => {
  it("makes an account of OTP logins one of unattended logins, and back", async () => {
    await using test = await openTestEnvironment(bySms);
    const step = await begun(test);
    const session = held(opened(await given(test, step, { kind: "otp", value: lastSms(test) })).session);
    const { provider, credentials, context } = test;
    const older = await provider.enrolment!.generate(session, credentials, context);
    const { secret } = await provider.enrolment!.generate(session, credentials, context);
    expect((await refused(provider.enrolment!.enable(older.secret, session, credentials, context))).code).toBe(
      "totp_rejected",
    );
    await provider.enrolment!.enable(secret, session, credentials, context);
    const enrolled = provider.parseCredentials({ ...test.input, totpSecret: secret });
    const unattended = held(opened(await provider.begin(enrolled, context)).session, 2);
    await provider.enrolment!.disable(unattended, enrolled, context);
    expect((await refused(provider.begin(enrolled, context))).code).toBe("configuration");
    expect(test.entries().flatMap(({ notes }) => notes)).toEqual([]);
  });

  it("may end the session, and the secret works all the same (enable-logs-out)", async () => {
    await using test = await openTestEnvironment(bySms);
    test.play("enable-logs-out");
    const { session, renewal } = opened(await given(test, await begun(test), { kind: "otp", value: lastSms(test) }));
    const { provider, credentials, context } = test;
    const { secret } = await provider.enrolment!.generate(held(session), credentials, context);
    await provider.enrolment!.enable(secret, held(session), credentials, context);
    expect(await provider.probe!(held(session), credentials, context)).toBe("dead");
    opened(await provider.renew!(renewal!, credentials, context));
    opened(await provider.begin(provider.parseCredentials({ ...test.input, totpSecret: secret }), context));
  });

  it("tells a wrong MPIN from a wrong code", async () => {
    await using test = await openTestEnvironment({ fields: { mpin: "9999", totpSecret: undefined } });
    const { provider, credentials, context } = test;
    const right = provider.parseCredentials({ ...test.input, mpin: "1357" });
    const sent = await provider.begin(right, context);
    const session = held(
      opened(
        await provider.answer(challenged(sent).pending, { kind: "otp", value: lastSms(test, "main") }, right, context),
      ).session,
    );
    expect((await refused(provider.enrolment!.disable(session, credentials, context))).code).toBe("pin_rejected");
  });
});

/** Opens the socket as the plan says and gives the first text frame that comes back. */
async function firstFrame(plan: SocketPlan): Promise<string> {
  const socket = new WebSocket(plan.url);
  try {
    return await new Promise<string>((resolve, reject) => {
      socket.addEventListener("open", () => {
        for (const frame of plan.frames) socket.send(frame.reveal());
      });
      socket.addEventListener("message", ({ data }) => resolve(String(data)));
      socket.addEventListener("error", () => reject(new Error("the socket failed")));
    });
  } finally {
    socket.close();
  }
}

describe("sockets", () => {
  it.each(["market", "orders"])(
    "for %s take the first command, and refuse it once the session is over",
    async (purpose) => {
      await using test = await openTestEnvironment();
      const session = await test.login();
      const plan = await test.provider.socket!(session, test.credentials, purpose, test.context);
      expect(plan.classify(await firstFrame(plan))).toBe("other");
      test.sandbox.endSessions("main");
      expect(plan.classify(await firstFrame(plan))).toBe("refused");
      expect((await refused(test.provider.socket!(session, test.credentials, purpose, test.context))).code).toBe(
        "session_expired",
      );
    },
  );
});
