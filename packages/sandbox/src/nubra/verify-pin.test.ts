import { describe, expect, test } from "vitest";
import { readJwtClaims } from "../jwt.ts";
import {
  DEVICE,
  MAIN,
  SMS,
  STILL_AT,
  errorOf,
  get,
  login,
  openSms,
  startStill,
  totpLogin,
  verifyOtp,
  verifyPin,
} from "./plain-client.ts";

const HOUR_MS = 3_600_000;

describe("rule 8: verifypin", () => {
  test("mints a session and answers exactly the documented fields", async () => {
    await using nubra = await startStill({ lint: true });
    const authToken = (await totpLogin(nubra, nubra.totpCode("main") ?? "")).field("auth_token");
    const answer = await verifyPin(nubra, authToken, MAIN.pin);
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        email: MAIN.email,
        message: "Login Successful",
        next: "DASHBOARD",
        phone: MAIN.phone,
        session_token: answer.field("session_token"),
        userId: 1001,
      },
    ]);
    expect((await get(nubra, "/userinfo", answer.field("session_token"))).status).toBe(200);
  });

  test("renews with the same auth token, and the renewal ends the session before it", async () => {
    await using nubra = await startStill();
    const { authToken, session } = await login(nubra);
    nubra.clock.advance(6 * HOUR_MS);
    const renewed = (await verifyPin(nubra, authToken, MAIN.pin)).field("session_token");
    expect((await get(nubra, "/userinfo", session)).status).toBe(440);
    expect((await get(nubra, "/userinfo", renewed)).status).toBe(200);
  });

  test("a login ends the sessions of the account, whatever the device, and no other account's", async () => {
    await using nubra = await startStill();
    const { tempToken, code } = await openSms(nubra);
    const smsAuth = (await verifyOtp(nubra, SMS.phone, tempToken, code)).field("auth_token");
    const smsSession = (await verifyPin(nubra, smsAuth, SMS.pin)).field("session_token");
    const first = await login(nubra);
    const second = await login(nubra);
    expect((await get(nubra, "/userinfo", first.session)).status).toBe(440);
    expect(nubra.journal.entries().at(-1)).toMatchObject({ account: "main", outcome: "refused: session-replaced" });
    expect((await get(nubra, "/userinfo", second.session)).status).toBe(200);
    expect((await get(nubra, "/userinfo", smsSession)).status).toBe(200);
  });

  test("refuses an unknown auth token with an empty 440, before it looks at the MPIN", async () => {
    await using nubra = await startStill();
    const answer = await verifyPin(nubra, "0b9c2f4e-1111-4a2b-9c3d-5e6f7a8b9c0d", "0000");
    expect([answer.status, answer.text]).toEqual([440, ""]);
    expect(nubra.accounts()[0]).toMatchObject({ wrongFactors: 0 });
  });

  test("the auth token lives 24 hours", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    nubra.clock.advance(24 * HOUR_MS - 1000);
    expect((await verifyPin(nubra, authToken, MAIN.pin)).status).toBe(200);
    nubra.clock.advance(1000);
    expect((await verifyPin(nubra, authToken, MAIN.pin)).status).toBe(440);
  });

  test("two auth tokens of an account live side by side", async () => {
    await using nubra = await startStill();
    const first = await login(nubra);
    const second = await login(nubra);
    expect((await verifyPin(nubra, first.authToken, MAIN.pin)).status).toBe(200);
    expect((await verifyPin(nubra, second.authToken, MAIN.pin)).status).toBe(200);
  });
});

describe("rule 10: the tokens are not interchangeable", () => {
  test("a session token opens no verifypin", async () => {
    await using nubra = await startStill();
    const { session } = await login(nubra);
    const answer = await verifyPin(nubra, session, MAIN.pin);
    expect([answer.status, answer.text]).toEqual([440, ""]);
    expect(nubra.journal.entries().at(-1)).toMatchObject({ outcome: "refused: session-as-auth-token" });
  });

  test("an auth token opens no session call", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    const answer = await get(nubra, "/userinfo", authToken);
    expect([answer.status, answer.text]).toEqual([440, ""]);
    expect(nubra.journal.entries().at(-1)).toMatchObject({ outcome: "refused: auth-token-as-session" });
  });
});

describe("rule 12: wrong MPINs lock", () => {
  test("three wrong ones lock the account, and the right one does not help", async () => {
    await using nubra = await startStill();
    const { authToken, session } = await login(nubra);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const wrong = await verifyPin(nubra, authToken, "0000");
      expect([wrong.status, wrong.json]).toEqual([400, errorOf("Invalid MPIN")]);
    }
    const right = await verifyPin(nubra, authToken, MAIN.pin);
    expect([right.status, right.json]).toEqual([400, errorOf("Account locked: too many attempts")]);
    // Nothing says that a lock ends what is open.
    expect((await get(nubra, "/userinfo", session)).status).toBe(200);
  });

  test("the right one in between starts the count afresh", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    for (const pin of ["0000", "0000", MAIN.pin, "0000", "0000"]) await verifyPin(nubra, authToken, pin);
    expect((await verifyPin(nubra, authToken, MAIN.pin)).status).toBe(200);
  });

  test("a changed MPIN is the only one accepted", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    nubra.setMpin("main", "864200");
    expect((await verifyPin(nubra, authToken, MAIN.pin)).status).toBe(400);
    expect((await verifyPin(nubra, authToken, "864200")).status).toBe(200);
  });
});

describe("rule 14: claims", () => {
  test("the session token carries what the official sample does, and its exp is kept", async () => {
    await using nubra = await startStill();
    const { session } = await login(nubra);
    const exp = Math.floor((STILL_AT + 30_000 + 7 * HOUR_MS) / 1000);
    expect(readJwtClaims(session)).toEqual({
      deviceId: DEVICE,
      exp,
      login_mode: "TOTP",
      sessionId: expect.any(String) as string,
      sub: MAIN.email,
      userId: 1001,
    });
    nubra.clock.set(exp * 1000 - 1);
    expect((await get(nubra, "/userinfo", session)).status).toBe(200);
    nubra.clock.set(exp * 1000);
    expect((await get(nubra, "/userinfo", session)).status).toBe(440);
    expect(nubra.journal.entries().at(-1)).toMatchObject({ outcome: "refused: session-expired" });
  });

  test("the temp token carries client code, exp, the factor and a phone-based subject", async () => {
    await using nubra = await startStill();
    const { tempToken } = await openSms(nubra);
    expect(readJwtClaims(tempToken)).toEqual({
      clientCode: "NB1002",
      exp: (STILL_AT + 5 * 60_000) / 1000,
      factor: "OTP",
      jti: expect.any(String) as string,
      sub: `phone:${SMS.phone}`,
    });
  });

  test("lifetimes can be set", async () => {
    await using nubra = await startStill({ lifetimes: { sessionMs: 60_000, authTokenMs: 120_000 } });
    const { authToken, session } = await login(nubra);
    nubra.clock.advance(60_000);
    expect((await get(nubra, "/userinfo", session)).status).toBe(440);
    expect((await verifyPin(nubra, authToken, MAIN.pin)).status).toBe(200);
    nubra.clock.advance(60_000);
    expect((await verifyPin(nubra, authToken, MAIN.pin)).status).toBe(440);
  });
});

describe("scenarios", () => {
  test.each([
    ["wrong-pin", errorOf("Invalid MPIN")],
    ["lockout", errorOf("Account locked: too many attempts")],
  ] as const)("%s refuses the right MPIN", async (name, json) => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    nubra.scenarios.set("main", { name, times: 1 });
    const answer = await verifyPin(nubra, authToken, MAIN.pin);
    expect([answer.status, answer.json]).toEqual([400, json]);
    expect((await verifyPin(nubra, authToken, MAIN.pin)).status).toBe(200);
  });

  test("auth-token-expired ends the auth token when it renews, not in the login that made it", async () => {
    await using nubra = await startStill({
      scenarios: [{ account: "main", scenario: { name: "auth-token-expired" } }],
    });
    const { authToken, session } = await login(nubra);
    expect(session).not.toBe("");
    const renewal = await verifyPin(nubra, authToken, MAIN.pin);
    expect([renewal.status, renewal.text]).toEqual([440, ""]);
    nubra.clearScenarios();
    expect((await verifyPin(nubra, authToken, MAIN.pin)).status).toBe(440);
    expect((await login(nubra)).session).not.toBe("");
  });

  test("auth-token-expired by style is a 401", async () => {
    await using nubra = await startStill({
      scenarios: [{ account: "main", scenario: { name: "auth-token-expired", failureStyle: "status-401" } }],
    });
    const { authToken } = await login(nubra);
    const renewal = await verifyPin(nubra, authToken, MAIN.pin);
    expect([renewal.status, renewal.text]).toEqual([401, ""]);
  });
});
