import { describe, expect, test } from "vitest";
import type { JsonObject } from "../json.ts";
import { totpCode } from "../totp-verifier.ts";
import {
  type Answer,
  INVALID_INPUT,
  MAIN,
  SMS,
  errorOf,
  get,
  openSms,
  send,
  startOtp,
  startStill,
  verifyOtp,
  verifyPin,
  withSession,
} from "./plain-client.ts";
import type { NubraSandbox } from "./sandbox.ts";

async function smsSession(nubra: NubraSandbox): Promise<string> {
  const { tempToken, code } = await openSms(nubra);
  const authToken = (await verifyOtp(nubra, SMS.phone, tempToken, code)).field("auth_token");
  return (await verifyPin(nubra, authToken, SMS.pin)).field("session_token");
}

async function newSecret(nubra: NubraSandbox, session: string): Promise<string> {
  const answer = await get(nubra, "/totp/generate-secret", session);
  return (answer.json as { data: { secret_key: string } }).data.secret_key;
}

function enable(nubra: NubraSandbox, session: string, body: JsonObject): Promise<Answer> {
  return send(nubra, "POST", "/totp/enable", { headers: withSession(session), body });
}

function disable(nubra: NubraSandbox, session: string, mpin: string): Promise<Answer> {
  return send(nubra, "POST", "/totp/disable", { headers: withSession(session), body: { mpin } });
}

test("generate, enable, log in by TOTP, disable", async () => {
  await using nubra = await startStill({ lint: true });
  const session = await smsSession(nubra);
  const generated = await get(nubra, "/totp/generate-secret", session);
  expect([generated.status, generated.json]).toEqual([
    200,
    {
      data: { secret_key: expect.stringMatching(/^[A-Z2-7]{32}$/) as string, qr_image: "data:image/png;base64,AAAA" },
      message: "Enable TOTP flow by verifying TOTP",
    },
  ]);
  const { secret_key: secret } = (generated.json as { data: { secret_key: string } }).data;
  const enabled = await enable(nubra, session, { mpin: SMS.pin, totp: totpCode(secret, nubra.clock.now()) });
  expect([enabled.status, enabled.json]).toEqual([200, { message: "TOTP verified successfully" }]);
  expect((await startOtp(nubra, SMS.phone)).field("next")).toBe("VERIFY_TOTP");

  nubra.clock.advance(30_000);
  const body = { phone: SMS.phone, totp: Number(totpCode(secret, nubra.clock.now())) };
  expect((await send(nubra, "POST", "/totp/login", { headers: { "x-device-id": "TS123" }, body })).status).toBe(201);

  const disabled = await disable(nubra, session, SMS.pin);
  expect([disabled.status, disabled.json]).toEqual([200, { message: "Disabled TOTP successfully" }]);
  expect((await startOtp(nubra, SMS.phone)).field("next")).toBe("VERIFY_MOBILE");
});

describe("rule 13: secrets", () => {
  test("each call makes a new secret, and only the latest can be enabled", async () => {
    await using nubra = await startStill();
    const session = await smsSession(nubra);
    const first = await newSecret(nubra, session);
    const second = await newSecret(nubra, session);
    expect(second).not.toBe(first);
    const stale = await enable(nubra, session, { mpin: SMS.pin, totp: totpCode(first, nubra.clock.now()) });
    expect([stale.status, stale.json]).toEqual([400, errorOf("Invalid TOTP")]);
    nubra.clock.advance(30_000);
    expect((await enable(nubra, session, { mpin: SMS.pin, totp: totpCode(second, nubra.clock.now()) })).status).toBe(
      200,
    );
  });

  test("the secret in force stays in force until the new one is enabled", async () => {
    await using nubra = await startStill();
    const body = { phone: MAIN.phone, totp: Number(nubra.totpCode("main")) };
    const authToken = (await send(nubra, "POST", "/totp/login", { headers: { "x-device-id": "TS123" }, body })).field(
      "auth_token",
    );
    const session = (await verifyPin(nubra, authToken, MAIN.pin)).field("session_token");
    const before = nubra.totpCode("main");
    const pending = await newSecret(nubra, session);
    expect(nubra.totpCode("main")).toBe(before);
    nubra.clock.advance(30_000);
    await enable(nubra, session, { mpin: MAIN.pin, totp: totpCode(pending, nubra.clock.now()) });
    expect(nubra.totpCode("main")).toBe(totpCode(pending, nubra.clock.now()));
  });

  test("there is nothing to enable before one was generated, or twice", async () => {
    await using nubra = await startStill();
    const session = await smsSession(nubra);
    const early = await enable(nubra, session, { mpin: SMS.pin, totp: "123456" });
    expect([early.status, early.json]).toEqual([400, errorOf("Generate a TOTP secret first")]);
  });
});

test.each([
  [{ mpin: "2468", totp: 123_456 }],
  [{ mpin: "2468", totp: "12345" }],
  [{ mpin: 2468, totp: "123456" }],
  [{ totp: "123456" }],
  [{ mpin: "2468" }],
])("rule 2: enable refuses %j", async (body) => {
  await using nubra = await startStill();
  const session = await smsSession(nubra);
  await newSecret(nubra, session);
  const answer = await enable(nubra, session, body);
  expect([answer.status, answer.json]).toEqual([400, INVALID_INPUT]);
});

test("a wrong MPIN is refused and counted at enable and disable", async () => {
  await using nubra = await startStill();
  const session = await smsSession(nubra);
  const secret = await newSecret(nubra, session);
  const wrong = errorOf("Invalid MPIN");
  expect((await enable(nubra, session, { mpin: "0000", totp: totpCode(secret, nubra.clock.now()) })).json).toEqual(
    wrong,
  );
  expect((await disable(nubra, session, "0000")).json).toEqual(wrong);
  expect((await disable(nubra, session, "0000")).json).toEqual(wrong);
  expect((await disable(nubra, session, SMS.pin)).json).toEqual(errorOf("Account locked: too many attempts"));
});

test("a code that enabled TOTP does not log in as well", async () => {
  await using nubra = await startStill();
  const session = await smsSession(nubra);
  const secret = await newSecret(nubra, session);
  const code = totpCode(secret, nubra.clock.now());
  await enable(nubra, session, { mpin: SMS.pin, totp: code });
  const answer = await send(nubra, "POST", "/totp/login", {
    headers: { "x-device-id": "TS123" },
    body: { phone: SMS.phone, totp: Number(code) },
  });
  expect([answer.status, answer.json]).toEqual([400, errorOf("Invalid TOTP")]);
});

test("the code belongs into the body: in the path it is unknown in the observed profile", async () => {
  await using nubra = await startStill();
  const session = await smsSession(nubra);
  const answer = await send(nubra, "POST", "/totp/enable/123456", {
    headers: withSession(session),
    body: { mpin: SMS.pin, totp: "123456" },
  });
  expect(answer.status).toBe(404);
});

test("the scenario enable-logs-out ends the session after TOTP was enabled", async () => {
  await using nubra = await startStill({ scenarios: [{ account: "sms", scenario: { name: "enable-logs-out" } }] });
  const session = await smsSession(nubra);
  const secret = await newSecret(nubra, session);
  expect((await enable(nubra, session, { mpin: SMS.pin, totp: totpCode(secret, nubra.clock.now()) })).status).toBe(200);
  expect((await get(nubra, "/userinfo", session)).status).toBe(440);
  expect(nubra.totpCode("sms")).toBe(totpCode(secret, nubra.clock.now()));
});

test("the scenario wrong-totp refuses the right code at enable", async () => {
  await using nubra = await startStill({ scenarios: [{ account: "sms", scenario: { name: "wrong-totp" } }] });
  const session = await smsSession(nubra);
  const secret = await newSecret(nubra, session);
  expect((await enable(nubra, session, { mpin: SMS.pin, totp: totpCode(secret, nubra.clock.now()) })).json).toEqual(
    errorOf("Invalid TOTP"),
  );
  expect(nubra.totpCode("sms")).toBeUndefined();
});
