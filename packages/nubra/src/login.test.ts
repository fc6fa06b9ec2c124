import { inspect } from "node:util";
import type { Answer, Attempt, LoginStep, PendingLogin } from "@x/core/adapter";
import { totpCode } from "@x/core/adapter";
import { BrokerAuthError } from "@x/core";
import type { ScriptedAnswer } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import {
  canaries,
  firstFactorAccepted,
  otpSent,
  pinAccepted,
  refusedWith,
  sessionToken,
  startedAt,
} from "./testing/answers.ts";
import {
  scriptedBroker,
  type ScriptedBroker,
  type ScriptedBrokerOptions,
  challenged,
  opened,
  refused,
  wire,
} from "./testing/scripted-broker.ts";
import type { NubraTokens } from "./tokens.ts";

const { phone, email, mpin, otp, totpSecret, tempToken, authToken, deviceId } = canaries;
const byOtp: ScriptedBrokerOptions = { account: { mpin } };
const json = { "content-type": "application/json" };

type Step = LoginStep<NubraTokens>;
async function begun({ provider, credentials, context }: ScriptedBroker): Promise<Step> {
  return provider.begin(credentials, context);
}

async function answered(
  { provider, credentials, context }: ScriptedBroker,
  pending: PendingLogin,
  given: Answer,
): Promise<Step> {
  // Through JSON, as a store or a web form would bring it back.
  return provider.answer(JSON.parse(JSON.stringify(pending)) as PendingLogin, given, credentials, context);
}

// Plays the engine, which lets nothing out.
function refuseToSpend(): never {
  throw new BrokerAuthError("login_blocked", "nothing was sent");
}

// Plays the engine where nobody is there to read a code.
function unattended({ factor }: Attempt): void {
  if (factor === "sms") throw new BrokerAuthError("needs_input", "nobody is there", { challenge: "otp" });
}

/** A good answer with something in it that does not belong there. */
function bent(good: ScriptedAnswer, changes: object): ScriptedAnswer {
  return { ...good, json: { ...(good.json as object), ...changes } };
}

describe("a login by TOTP", () => {
  it("takes the auth token that comes again for no session token, wherever it stands", async () => {
    for (const body of [
      { session_token: authToken },
      { data: { session_token: authToken } },
      { data: { token: authToken } },
    ]) {
      const error = await refused(begun(scriptedBroker([firstFactorAccepted, { ...pinAccepted, json: body }])));
      expect(error).toMatchObject({ code: "protocol_error", step: "verifypin" });
      expect(error.message).toContain("brings the auth token again");
    }
  });

  it("sends the code and then the MPIN, and nothing else", async () => {
    const b = scriptedBroker([firstFactorAccepted, pinAccepted]);
    const { session, renewal, warnings } = opened(await begun(b));
    const code = await totpCode(b.credentials.totp as never, Math.floor(startedAt / 30_000));
    expect(b.sent.map(wire)).toEqual([
      {
        method: "POST",
        url: "https://api.nubra.io/totp/login",
        headers: { ...json, "x-device-id": deviceId },
        body: `{"phone":"${phone}","totp":${Number(code)}}`,
      },
      {
        method: "POST",
        url: "https://api.nubra.io/verifypin",
        headers: { ...json, "x-device-id": deviceId, authorization: `Bearer ${authToken}` },
        body: `{"pin":"${mpin}"}`,
      },
    ]);
    expect(session.tokens.sessionToken.reveal()).toBe(sessionToken());
    expect(session.tokens.userId?.reveal()).toBe("1001");
    expect(session).toMatchObject({ issuedAt: startedAt, expiresAt: startedAt + 7 * 3_600_000 });
    expect(session.deviceId.reveal()).toBe(deviceId);
    expect(renewal?.token.reveal()).toBe(authToken);
    expect(renewal).toMatchObject({ issuedAt: startedAt });
    expect(renewal?.expiresAt).toBeUndefined();
    expect(warnings).toBeUndefined();
  });

  it("spends each factor right before it leaves, the configured ones without their value", async () => {
    const order: string[] = [];
    const b = scriptedBroker(
      [
        (request) => (order.push(request.path), firstFactorAccepted),
        (request) => (order.push(request.path), pinAccepted),
      ],
      {
        recordAttempt: ({ factor }) => void order.push(factor),
      },
    );
    await begun(b);
    expect(order).toEqual(["totp", "/totp/login", "mpin", "/verifypin"]);
    expect(b.context.spent).toEqual([
      { factor: "totp", step: "totp/login", totpStep: Math.floor(startedAt / 30_000) },
      { factor: "mpin", step: "verifypin", answer: undefined },
    ]);
  });

  it("sends nothing when an attempt is not allowed", async () => {
    const b = scriptedBroker([], { recordAttempt: refuseToSpend });
    expect((await refused(begun(b))).code).toBe("login_blocked");
    expect(b.sent).toEqual([]);
  });

  it("goes to the UAT address in the UAT environment", async () => {
    const b = scriptedBroker([firstFactorAccepted, pinAccepted], { account: { mpin, totpSecret, environment: "uat" } });
    await begun(b);
    expect(b.sent.map(({ url }) => url)).toEqual([
      "https://uatapi.nubra.io/totp/login",
      "https://uatapi.nubra.io/verifypin",
    ]);
  });

  it("loses the leading zeros of a code on the wire, because JSON has no 012345", async () => {
    let asked = 0;
    const b = scriptedBroker([firstFactorAccepted, pinAccepted], {
      account: { mpin, totpCode: () => (asked++, "001234") },
    });
    await begun(b);
    expect(b.sent[0]?.body).toBe(`{"phone":"${phone}","totp":1234}`);
    expect(asked).toBe(1);
    expect(b.context.spent[0]?.answer?.reveal()).toBe("001234");
  });

  it("sends the code as text with totpWire string, zeros kept", async () => {
    const b = scriptedBroker([firstFactorAccepted, pinAccepted], {
      account: { mpin, totpCode: async () => "001234" },
      options: { totpWire: "string" },
    });
    await begun(b);
    expect(b.sent[0]?.body).toBe(`{"phone":"${phone}","totp":"001234"}`);
  });

  it("logs in by e-mail with totpIdentifier email", async () => {
    const b = scriptedBroker([firstFactorAccepted, pinAccepted], {
      account: { mpin, email, totpCode: () => "123456" },
      options: { totpIdentifier: "email" },
    });
    await begun(b);
    expect(b.sent[0]?.body).toBe(`{"email":"${email}","totp":123456}`);
  });

  it.each(["12345", "1234567", "12345x", ""])("refuses %j from a code source and sends nothing", async (code) => {
    const b = scriptedBroker([], { account: { mpin, totpCode: () => code } });
    const error = await refused(begun(b));
    expect(error.code).toBe("configuration");
    expect(b.sent).toEqual([]);
    expect(b.context.spent).toEqual([]);
  });

  it("waits for the next time step when this one was used", async () => {
    const step = Math.floor(startedAt / 30_000);
    const b = scriptedBroker([firstFactorAccepted, pinAccepted], { lastTotpStep: step });
    await begun(b);
    expect(b.clock.sleeps).toHaveLength(1);
    expect(b.context.spent[0]?.totpStep).toBe(step + 1);
  });

  it("asks for the MPIN where none is configured, and goes on with the answer", async () => {
    const b = scriptedBroker([firstFactorAccepted, pinAccepted], { account: { totpSecret } });
    const step = challenged(await begun(b));
    expect(step.challenge).toEqual({ kind: "mpin" });
    expect(step.pending).toMatchObject({
      version: 1,
      broker: "nubra",
      environment: "production",
      awaits: "mpin",
      createdAt: startedAt,
    });
    expect(b.sent).toHaveLength(1);
    opened(await answered(b, step.pending, { kind: "mpin", value: " 1357 " }));
    expect(b.sent[1]?.body).toBe('{"pin":"1357"}');
    // The form that a configured MPIN has, so that a refused one is known again when it is configured.
    expect(b.context.spent[1]?.answer?.reveal()).toBe('["9000000001","1357"]');
  });

  it("does not try a refused code again", async () => {
    const b = scriptedBroker([refusedWith(400, "Invalid TOTP")]);
    expect(await refused(begun(b))).toMatchObject({ code: "totp_rejected", step: "totp/login", status: 400 });
    expect(b.sent).toHaveLength(1);
  });

  it("does not try a refused MPIN again", async () => {
    const b = scriptedBroker([firstFactorAccepted, refusedWith(400, "Invalid MPIN")]);
    expect(await refused(begun(b))).toMatchObject({ code: "pin_rejected", step: "verifypin" });
    expect(b.sent).toHaveLength(2);
  });

  it.each(["VERIFY_EMAIL", "SET_MPIN", "CREATE_MPIN", "VERIFY_MOBILE"])(
    "never guesses the MPIN into the step %s",
    async (next) => {
      const b = scriptedBroker([{ status: 201, json: { auth_token: authToken, next } }]);
      expect((await refused(begun(b))).code).toBe("protocol_error");
      expect(b.sent).toHaveLength(1);
    },
  );

  it.each([undefined, null, "ENTER_MPIN", "VERIFY_PIN"])("goes on with the MPIN when next is %s", async (next) => {
    const b = scriptedBroker([{ status: 200, json: { auth_token: authToken, next } }, pinAccepted]);
    opened(await begun(b));
    expect(b.sent).toHaveLength(2);
  });

  it("has nothing to add to a session whose answer names no further step", async () => {
    const { warnings } = opened(
      await begun(scriptedBroker([firstFactorAccepted, { json: { session_token: sessionToken() } }])),
    );
    expect(warnings).toBeUndefined();
  });

  it.each([
    [{ session_token: sessionToken(), next: "VERIFY_EMAIL" }, "log in to its app or page once"],
    [{ data: { session_token: sessionToken(), next: "VERIFY_EMAIL" } }, "log in to its app or page once"],
    [{ session_token: sessionToken(), next: 7 }, "report the step"],
  ])("takes a session that names a further step for none, and says what to do: %j", async (body, todo) => {
    const b = scriptedBroker([firstFactorAccepted, { json: body }]);
    const error = await refused(begun(b));
    expect(error).toMatchObject({ code: "protocol_error", step: "verifypin", status: 200 });
    expect(JSON.stringify(error)).not.toContain("VERIFY_EMAIL");
    expect(error.action).toContain(todo);
    expect(b.sent).toHaveLength(2);
  });

  it.each([
    ["ECONNREFUSED", "broker_unavailable"],
    ["ECONNRESET", "outcome_unknown"],
  ])("calls %s at a factor %s", async (fail, code) => {
    expect((await refused(begun(scriptedBroker([{ fail }])))).code).toBe(code);
    expect((await refused(begun(scriptedBroker([firstFactorAccepted, { fail }])))).code).toBe(code);
  });
});

describe("a login by a TOTP that Nubra no longer offers", () => {
  it.each([404, 405, 410, 501])("goes on by SMS where a person is there, after %d", async (status) => {
    const b = scriptedBroker([{ status }, otpSent(), firstFactorAccepted, pinAccepted]);
    const step = challenged(await begun(b));
    expect(step.challenge).toMatchObject({ kind: "otp", sentTo: "phone ending in 01" });
    opened(await answered(b, step.pending, { kind: "otp", value: otp }));
    expect(b.sent.map(({ path }) => path)).toEqual(["/totp/login", "/sendphoneotp", "/verifyphoneotp", "/verifypin"]);
    expect(b.context.spent.map(({ factor }) => factor)).toEqual(["totp", "sms", "otp", "mpin"]);
  });

  it("goes on by SMS after a typed code as well", async () => {
    const b = scriptedBroker([otpSent(), { status: 404 }, otpSent()], byOtp);
    const first = challenged(await begun(b));
    const second = challenged(await answered(b, first.pending, { kind: "totp", value: "123456" }));
    expect(second.challenge.kind).toBe("otp");
    expect(b.sent.map(({ path }) => path)).toEqual(["/sendphoneotp", "/totp/login", "/sendphoneotp"]);
  });

  it("sends no SMS where nobody is there, and says what to change", async () => {
    const b = scriptedBroker([{ status: 404 }], { recordAttempt: unattended });
    expect(await refused(begun(b))).toMatchObject({
      code: "configuration",
      step: "totp/login",
      status: 404,
      message: "totp/login: Nubra no longer offers TOTP login here; remove totpSecret and log in by SMS",
    });
    expect(b.sent).toHaveLength(1);
  });

  it("tells what becomes of the SMS and not of the code, once it has left", async () => {
    const b = scriptedBroker([{ status: 404 }, refusedWith(400, "Maximum attempts reached")]);
    expect(await refused(begun(b))).toMatchObject({ code: "account_locked", step: "sendphoneotp" });
  });
});

describe("a login by OTP", () => {
  it("sends once when the SMS is out, and waits", async () => {
    const b = scriptedBroker([otpSent()], byOtp);
    const step = challenged(await begun(b));
    expect(b.sent.map(wire)).toEqual([
      {
        method: "POST",
        url: "https://api.nubra.io/sendphoneotp",
        headers: json,
        body: `{"phone":"${phone}","skip_totp":false}`,
      },
    ]);
    expect(step.challenge).toEqual({
      kind: "otp",
      sentTo: "phone ending in 01",
      expiresAt: startedAt + 30_000,
      attemptsLeft: 4,
    });
    expect(step.pending).toMatchObject({ awaits: "otp", createdAt: startedAt, expiresAt: startedAt + 900_000 });
    expect(step.refused).toBeUndefined();
    expect(b.context.spent).toEqual([{ factor: "sms", step: "sendphoneotp", messages: 1 }]);
  });

  it("forces the SMS with the first answer's token when TOTP would come first", async () => {
    const b = scriptedBroker(
      [otpSent("VERIFY_TOTP", "temp-1"), otpSent("VERIFY_MOBILE", "temp-2"), firstFactorAccepted, pinAccepted],
      byOtp,
    );
    const { pending } = challenged(await begun(b));
    expect(b.sent.map(wire)).toEqual([
      {
        method: "POST",
        url: "https://api.nubra.io/sendphoneotp",
        headers: json,
        body: `{"phone":"${phone}","skip_totp":false}`,
      },
      {
        method: "POST",
        url: "https://api.nubra.io/sendphoneotp",
        headers: { ...json, "x-temp-token": "temp-1" },
        body: `{"phone":"${phone}","skip_totp":true}`,
      },
    ]);
    expect(b.context.spent.map(({ factor }) => factor)).toEqual(["sms", "sms"]);
    await answered(b, pending, { kind: "otp", value: otp });
    expect(b.sent[2]?.headers["x-temp-token"]).toBe("temp-2");
  });

  it("makes both sends with otpStart two-call, and verifies with the second token", async () => {
    const b = scriptedBroker(
      [otpSent("VERIFY_MOBILE", "temp-1"), otpSent("VERIFY_MOBILE", "temp-2"), firstFactorAccepted, pinAccepted],
      {
        ...byOtp,
        options: { otpStart: "two-call" },
      },
    );
    const { pending } = challenged(await begun(b));
    expect(b.sent[1]?.headers["x-temp-token"]).toBe("temp-1");
    // Both messages are counted before the first call, so that a login is not stopped between them.
    expect(b.context.spent.map(({ messages }) => messages)).toEqual([2, 0]);
    opened(await answered(b, pending, { kind: "otp", value: otp }));
    expect(b.sent[2]?.headers["x-temp-token"]).toBe("temp-2");
  });

  it("verifies the code, then the MPIN, without the temporary token in the second call", async () => {
    const b = scriptedBroker([otpSent(), firstFactorAccepted, pinAccepted], byOtp);
    const { pending } = challenged(await begun(b));
    const { renewal } = opened(await answered(b, pending, { kind: "otp", value: "8024 6135" }));
    expect(b.sent.slice(1).map(wire)).toEqual([
      {
        method: "POST",
        url: "https://api.nubra.io/verifyphoneotp",
        headers: { ...json, "x-temp-token": tempToken, "x-device-id": deviceId },
        body: `{"phone":"${phone}","otp":"${otp}"}`,
      },
      {
        method: "POST",
        url: "https://api.nubra.io/verifypin",
        headers: { ...json, authorization: `Bearer ${authToken}`, "x-device-id": deviceId },
        body: `{"pin":"${mpin}"}`,
      },
    ]);
    expect(renewal?.token.reveal()).toBe(authToken);
    expect(b.context.spent.map(({ factor, step, answer }) => [factor, step, answer?.reveal()])).toEqual([
      ["sms", "sendphoneotp", undefined],
      ["otp", "verifyphoneotp", otp],
      ["mpin", "verifypin", undefined],
    ]);
  });

  it("asks for OTP and MPIN in turn where neither is at hand, and keeps no factor in between", async () => {
    const b = scriptedBroker([otpSent(), firstFactorAccepted, pinAccepted], { account: {} });
    const first = challenged(await begun(b));
    const second = challenged(await answered(b, first.pending, { kind: "otp", value: otp }));
    expect(second.challenge.kind).toBe("mpin");
    expect(JSON.stringify(second.pending)).not.toContain(otp);
    opened(await answered(b, second.pending, { kind: "mpin", value: mpin }));
  });

  it("gives the challenge back with why after a wrong OTP, so that the person can type again", async () => {
    const b = scriptedBroker(
      [otpSent(), refusedWith(400, "Invalid OTP"), refusedWith(400, "Invalid OTP"), firstFactorAccepted, pinAccepted],
      byOtp,
    );
    const first = challenged(await begun(b));
    b.clock.advance(60_000);
    const second = challenged(await answered(b, first.pending, { kind: "otp", value: "111111" }));
    expect(second.refused).toMatchObject({ code: "otp_rejected", attemptsLeft: 3, step: "verifyphoneotp" });
    expect(second.challenge).toEqual({
      kind: "otp",
      sentTo: "phone ending in 01",
      expiresAt: startedAt + 30_000,
      attemptsLeft: 3,
    });
    expect(second.pending.expiresAt).toBe(first.pending.expiresAt);
    const third = challenged(await answered(b, second.pending, { kind: "otp", value: "222222" }));
    expect(third.refused?.attemptsLeft).toBe(2);
    opened(await answered(b, third.pending, { kind: "otp", value: otp }));
    expect(b.sent.slice(1, 4).every(({ headers }) => headers["x-temp-token"] === tempToken)).toBe(true);
  });

  it("starts afresh when the code is asked for again, and verifies with the new token only", async () => {
    const b = scriptedBroker(
      [otpSent("VERIFY_MOBILE", "temp-1"), otpSent("VERIFY_MOBILE", "temp-2"), firstFactorAccepted, pinAccepted],
      byOtp,
    );
    const first = challenged(await begun(b));
    const second = challenged(await answered(b, first.pending, { kind: "resend" }));
    expect(wire(b.sent[1]!)).toEqual({
      method: "POST",
      url: "https://api.nubra.io/sendphoneotp",
      headers: json,
      body: `{"phone":"${phone}","skip_totp":false}`,
    });
    opened(await answered(b, second.pending, { kind: "otp", value: otp }));
    expect(b.sent[2]?.headers["x-temp-token"]).toBe("temp-2");
    expect(b.context.spent.map(({ factor }) => factor)).toEqual(["sms", "sms", "otp", "mpin"]);
  });

  it("takes a code of the authenticator app in place of the SMS", async () => {
    const b = scriptedBroker([otpSent(), firstFactorAccepted, pinAccepted], byOtp);
    const { pending } = challenged(await begun(b));
    opened(await answered(b, pending, { kind: "totp", value: "012 345" }));
    expect(wire(b.sent[1]!)).toMatchObject({
      url: "https://api.nubra.io/totp/login",
      body: `{"phone":"${phone}","totp":12345}`,
    });
    expect(b.context.spent[1]).toMatchObject({
      factor: "totp",
      step: "totp/login",
      totpStep: Math.floor(startedAt / 30_000),
    });
    expect(b.context.spent[1]?.answer?.reveal()).toBe("012345");
  });

  it("sends a typed TOTP code at once, also near the end of its time step", async () => {
    const b = scriptedBroker([otpSent(), firstFactorAccepted, pinAccepted], byOtp);
    const { pending } = challenged(await begun(b));
    b.clock.set(Math.ceil(b.clock.now() / 30_000) * 30_000 - 1);
    opened(await answered(b, pending, { kind: "totp", value: "123456" }));
    expect(b.clock.sleeps).toEqual([]);
    expect(b.context.spent[1]?.totpStep).toBe(Math.floor(startedAt / 30_000));
  });

  it("names the field when the e-mail that a typed TOTP code needs is not configured", async () => {
    const b = scriptedBroker([otpSent()], { ...byOtp, options: { totpIdentifier: "email" } });
    const { pending } = challenged(await begun(b));
    expect(await refused(answered(b, pending, { kind: "totp", value: "123456" }))).toMatchObject({
      code: "configuration",
      field: "email",
    });
    expect(b.sent).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ["an OTP of three digits", { kind: "otp", value: "123" }],
    ["an OTP of nine digits", { kind: "otp", value: "123456789" }],
    ["an OTP with letters", { kind: "otp", value: "12345a" }],
    ["an OTP as a number", { kind: "otp", value: 123_456 }],
    ["a TOTP code of five digits", { kind: "totp", value: "12345" }],
    ["the MPIN too early", { kind: "mpin", value: mpin }],
    ["a redirect", { kind: "redirect", value: "https://elsewhere.example" }],
    ["no kind", { value: "123456" }],
    ["nothing", undefined],
  ])("refuses %s before anything is spent, and stays open", async (_what, given) => {
    const b = scriptedBroker([otpSent(), firstFactorAccepted, pinAccepted], byOtp);
    const { pending } = challenged(await begun(b));
    const error = await refused(answered(b, pending, given as Answer));
    expect(error.code).toBe("configuration");
    expect(error.message).not.toMatch(/123|135797/);
    expect(b.context.spent).toHaveLength(1);
    expect(b.sent).toHaveLength(1);
    opened(await answered(b, pending, { kind: "otp", value: otp }));
  });

  it.each<[string, unknown]>([
    ["three digits", { kind: "mpin", value: "135" }],
    ["seven digits", { kind: "mpin", value: "1357975" }],
    ["letters", { kind: "mpin", value: "13a7" }],
    ["an OTP", { kind: "otp", value: "123456" }],
    ["a wish for a new code", { kind: "resend" }],
  ])("refuses %s where the MPIN is asked for", async (_what, given) => {
    const b = scriptedBroker([otpSent(), firstFactorAccepted], { account: {} });
    const { pending } = challenged(await answered(b, challenged(await begun(b)).pending, { kind: "otp", value: otp }));
    expect(await refused(answered(b, pending, given as Answer))).toMatchObject({
      code: "configuration",
      field: "mpin",
    });
    expect(b.sent).toHaveLength(2);
    expect(b.context.spent).toHaveLength(2);
  });

  it.each<[string, string]>([
    ["OTP expired", "challenge_expired"],
    ["unauthorized", "challenge_expired"],
    ["Maximum attempts reached", "account_locked"],
  ])("ends the login at %s", async (text, code) => {
    const b = scriptedBroker([otpSent(), refusedWith(400, text)], byOtp);
    const { pending } = challenged(await begun(b));
    expect((await refused(answered(b, pending, { kind: "otp", value: otp }))).code).toBe(code);
    expect(b.sent).toHaveLength(2);
  });

  it("names otpStart when a fresh code of a single send is unauthorized, and only then", async () => {
    const fresh = scriptedBroker([otpSent(), refusedWith(401, "unauthorized")], byOtp);
    const first = await refused(answered(fresh, challenged(await begun(fresh)).pending, { kind: "otp", value: otp }));
    expect(first.action).toContain('otpStart: "two-call"');

    const twice = scriptedBroker([otpSent("VERIFY_TOTP"), otpSent(), refusedWith(401, "unauthorized")], byOtp);
    const second = await refused(answered(twice, challenged(await begun(twice)).pending, { kind: "otp", value: otp }));
    expect(second.action).not.toContain("two-call");

    const tried = scriptedBroker([otpSent(), refusedWith(400, "Invalid OTP"), refusedWith(401, "unauthorized")], byOtp);
    const again = challenged(
      await answered(tried, challenged(await begun(tried)).pending, { kind: "otp", value: "111111" }),
    );
    expect((await refused(answered(tried, again.pending, { kind: "otp", value: otp }))).action).not.toContain(
      "two-call",
    );
  });

  it.each([undefined, null, "ENTER_MPIN", "VERIFY_EMAIL", ""])("stops at a send whose next is %s", async (next) => {
    const b = scriptedBroker([{ json: { temp_token: tempToken, next } }], byOtp);
    expect(await refused(begun(b))).toMatchObject({ code: "protocol_error", step: "sendphoneotp" });
    expect(b.sent).toHaveLength(1);
  });

  it("stops when the forced SMS is answered with TOTP again", async () => {
    const b = scriptedBroker([otpSent("VERIFY_TOTP"), otpSent("VERIFY_TOTP")], byOtp);
    expect((await refused(begun(b))).code).toBe("protocol_error");
    expect(b.sent).toHaveLength(2);
  });

  it("counts a send without an answer as one that may have texted", async () => {
    expect((await refused(begun(scriptedBroker([{ fail: "ECONNRESET" }], byOtp)))).code).toBe("outcome_unknown");
    expect((await refused(begun(scriptedBroker([{ status: 503 }], byOtp)))).code).toBe("outcome_unknown");
  });

  it("sends no SMS when nobody may be there to read it", async () => {
    const b = scriptedBroker([], { ...byOtp, recordAttempt: refuseToSpend });
    expect((await refused(begun(b))).code).toBe("login_blocked");
    expect(b.sent).toEqual([]);
  });
});

/** Why a login by OTP fails, at whichever step it does. */
async function refusedInOtp(b: ScriptedBroker): Promise<unknown> {
  try {
    const { pending } = challenged(await begun(b));
    return challenged(await answered(b, pending, { kind: "otp", value: otp })).refused;
  } catch (error) {
    return error;
  }
}

describe("secrets", () => {
  it("stay out of every error, whatever a broker repeats", async () => {
    const everything = Object.values(canaries).join(" ");
    const repeat = { status: 400, json: { error: everything } };
    const inTotp = [[repeat], [firstFactorAccepted, repeat], [{ json: { echo: everything } }]];
    const inOtp = [
      [repeat],
      [otpSent("VERIFY_TOTP"), repeat],
      [otpSent(), repeat],
      [otpSent(), firstFactorAccepted, repeat],
      [otpSent(), { text: everything }],
    ];
    const errors: unknown[] = [];
    for (const answers of inTotp) errors.push(await refused(begun(scriptedBroker(answers))));
    for (const answers of inOtp) errors.push(await refusedInOtp(scriptedBroker(answers, byOtp)));
    expect(errors).toHaveLength(inTotp.length + inOtp.length);
    for (const error of errors) {
      expect(error).toBeInstanceOf(BrokerAuthError);
      const shown =
        inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + String((error as Error).stack);
      for (const value of Object.values(canaries)) expect(shown).not.toContain(value);
    }
  });
});

describe("an answer that speaks against itself", () => {
  const expired = sessionToken(startedAt / 1000 - 60);
  const changes: readonly object[] = [
    { error: "The request could not be completed", nubra_error_code: "" },
    { success: false },
    { phone: "9000000002" },
  ];

  it.each([...changes, { session_token: expired }])("opens no session: %j", async (change) => {
    const b = scriptedBroker([firstFactorAccepted, bent(pinAccepted, change)]);
    expect(await refused(begun(b))).toMatchObject({
      code: "protocol_error",
      step: "verifypin",
      message: expect.stringMatching(/^verifypin: unrecognised answer from Nubra: it \w+ \w+/) as string,
    });
  });

  it.each([...changes, { auth_token: expired }])("is given no MPIN: %j", async (change) => {
    const b = scriptedBroker([bent(firstFactorAccepted, change)]);
    expect(await refused(begun(b))).toMatchObject({ code: "protocol_error", step: "totp/login" });
    expect(b.sent).toHaveLength(1);
  });

  it("is put down to the clocks where they differ: a token that has ended", async () => {
    const late = {
      ...bent(pinAccepted, { session_token: expired }),
      headers: { date: new Date(startedAt - 3_600_000).toUTCString() },
    };
    const error = await refused(begun(scriptedBroker([firstFactorAccepted, late])));
    expect(error.message).toBe(
      "verifypin: unrecognised answer from Nubra: it brings a token that has ended already; the clocks here and there are about 3600 s apart",
    );
    expect(error.action).toContain("Synchronise the computer's clock");
  });

  it.each(changes)("asks nobody for an SMS: %j", async (change) => {
    const b = scriptedBroker([bent(otpSent(), change)], byOtp);
    expect(await refused(begun(b))).toMatchObject({ code: "protocol_error", step: "sendphoneotp" });
  });

  it("is none when it only masks the phone", async () => {
    const step = await begun(scriptedBroker([firstFactorAccepted, bent(pinAccepted, { phone: "90XXXXXX02" })]));
    expect(step.kind).toBe("session");
  });

  it("shows nothing that it repeats", async () => {
    const all = Object.values(canaries);
    for (const change of [
      { error: all.join(" ") },
      { success: false, message: all.join(" ") },
      { attempts_left: 4821 },
    ])
      for (const answers of [[bent(firstFactorAccepted, change)], [firstFactorAccepted, bent(pinAccepted, change)]]) {
        const outcome: unknown = await begun(scriptedBroker([...answers, pinAccepted])).catch(
          (error: unknown) => error,
        );
        const shown = outcome instanceof Error ? inspect(outcome, { depth: 9 }) + JSON.stringify(outcome) : "";
        for (const value of [...all, "4821"]) expect(shown).not.toContain(value);
      }
  });
});

describe("numbers at their edges", () => {
  it.each([1e306, -1e306, -30, 0, "30", 86_401])("give the code no end: expiry %j", async (expiry) => {
    const sent = otpSent();
    const b = scriptedBroker([{ ...sent, json: { ...(sent.json as object), expiry } }], byOtp);
    const step = challenged(await begun(b));
    expect(step.challenge).toHaveProperty("expiresAt", undefined);
    expect(JSON.stringify(step.pending.state)).not.toContain("codeExpiresAt");
  });

  it("show no attempts that may be an echo of the MPIN", async () => {
    const refusal = refusedWith(400, "Invalid MPIN");
    const b = scriptedBroker(
      [firstFactorAccepted, { ...refusal, json: { ...(refusal.json as object), attempts_left: 4821 } }],
      {
        account: { mpin: "4821", totpSecret },
      },
    );
    const error = await refused(begun(b));
    expect(error).toMatchObject({ code: "pin_rejected", attemptsLeft: undefined });
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain("4821");
  });
});
