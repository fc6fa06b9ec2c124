import { describe, expect, test } from "vitest";
import {
  DEVICE,
  MAIN,
  SMS,
  errorOf,
  lastCode,
  openSms,
  send,
  startOtp,
  startStill,
  verifyOtp,
  verifyPin,
} from "./plain-client.ts";

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;

/** Another six digits. */
function notThis(code: string): string {
  return code === "111111" ? "222222" : "111111";
}

describe("rule 7: verification", () => {
  test("answers 201 with an auth token, and leads to a session", async () => {
    await using nubra = await startStill({ lint: true });
    const { tempToken, code } = await openSms(nubra);
    const answer = await verifyOtp(nubra, SMS.phone, tempToken, code);
    expect([answer.status, answer.json]).toEqual([
      201,
      {
        auth_token: expect.stringMatching(UUID) as string,
        flow: "LOGIN",
        message: "User Created Successfully",
        next: "ENTER_MPIN",
      },
    ]);
    expect((await verifyPin(nubra, answer.field("auth_token"), SMS.pin)).status).toBe(200);
  });

  test("spends the code", async () => {
    await using nubra = await startStill();
    const { tempToken, code } = await openSms(nubra);
    await verifyOtp(nubra, SMS.phone, tempToken, code);
    const again = await verifyOtp(nubra, SMS.phone, tempToken, code);
    expect([again.status, again.json]).toEqual([401, errorOf("unauthorized")]);
  });

  test("refuses a code for another phone than it was sent to", async () => {
    await using nubra = await startStill();
    const { tempToken, code } = await openSms(nubra);
    expect((await verifyOtp(nubra, MAIN.phone, tempToken, code)).status).toBe(401);
    expect((await verifyOtp(nubra, "9999999999", tempToken, code)).status).toBe(401);
    expect((await verifyOtp(nubra, SMS.phone, tempToken, code)).status).toBe(201);
  });

  test("refuses a wrong code, counts it and keeps the challenge open", async () => {
    await using nubra = await startStill();
    const { tempToken, code } = await openSms(nubra);
    const wrong = await verifyOtp(nubra, SMS.phone, tempToken, notThis(code));
    expect([wrong.status, wrong.json]).toEqual([400, errorOf("Invalid OTP")]);
    expect(nubra.accounts()[1]).toMatchObject({ otpAttemptsLeft: 3 });
    expect((await verifyOtp(nubra, SMS.phone, tempToken, code)).status).toBe(201);
  });

  test("refuses a code that comes too late", async () => {
    await using nubra = await startStill();
    const { tempToken, code } = await openSms(nubra);
    nubra.clock.advance(5 * 60_000);
    const late = await verifyOtp(nubra, SMS.phone, tempToken, code);
    expect([late.status, late.json]).toEqual([400, errorOf("OTP expired")]);
  });

  test("calls the code of an older send expired", async () => {
    await using nubra = await startStill();
    const older = await openSms(nubra);
    const newer = await openSms(nubra);
    const answer = await verifyOtp(nubra, SMS.phone, newer.tempToken, older.code);
    expect([answer.status, answer.json]).toEqual([400, errorOf("OTP expired")]);
  });

  test("binds the device id: another one meets 440 at verifypin", async () => {
    await using nubra = await startStill();
    const { tempToken, code } = await openSms(nubra);
    const authToken = (await verifyOtp(nubra, SMS.phone, tempToken, code)).field("auth_token");
    const other = await verifyPin(nubra, authToken, SMS.pin, "another-device");
    expect([other.status, other.text]).toEqual([440, ""]);
    expect((await verifyPin(nubra, authToken, SMS.pin, DEVICE)).status).toBe(200);
  });

  test("takes a code with leading zeros as a text of six", async () => {
    await using nubra = await startStill();
    let open = await openSms(nubra);
    while (!open.code.startsWith("0")) {
      nubra.unlock("sms");
      open = await openSms(nubra);
    }
    const short = await send(nubra, "POST", "/verifyphoneotp", {
      headers: { "x-temp-token": open.tempToken, "x-device-id": DEVICE },
      body: { phone: SMS.phone, otp: String(Number(open.code)) },
    });
    expect(short.status).toBe(400);
    expect((await verifyOtp(nubra, SMS.phone, open.tempToken, open.code)).status).toBe(201);
  });
});

describe("rule 12: wrong codes run out", () => {
  test("one send and four wrong codes end in the limit, and then the right code and a new send are refused", async () => {
    await using nubra = await startStill();
    const { tempToken, code } = await openSms(nubra);
    const answers = [];
    for (let attempt = 1; attempt <= 4; attempt += 1)
      answers.push((await verifyOtp(nubra, SMS.phone, tempToken, notThis(code))).json);
    const limit = errorOf("Maximum attempts reached");
    expect(answers).toEqual([errorOf("Invalid OTP"), errorOf("Invalid OTP"), errorOf("Invalid OTP"), limit]);
    expect((await verifyOtp(nubra, SMS.phone, tempToken, code)).json).toEqual(limit);
    expect((await startOtp(nubra, SMS.phone)).json).toEqual(limit);
  });

  test("a session clears the counters", async () => {
    await using nubra = await startStill();
    for (let round = 0; round < 3; round += 1) {
      await startOtp(nubra, SMS.phone);
      await startOtp(nubra, SMS.phone);
      const { tempToken } = await openSms(nubra);
      const authToken = (await verifyOtp(nubra, SMS.phone, tempToken, lastCode(nubra, "sms"))).field("auth_token");
      expect((await verifyPin(nubra, authToken, SMS.pin)).status).toBe(200);
    }
  });
});

describe("scenarios refuse the right code", () => {
  test.each([
    ["wrong-otp", 400, errorOf("Invalid OTP")],
    ["otp-expired", 400, errorOf("OTP expired")],
    ["stale-temp-token", 401, errorOf("unauthorized")],
    ["lockout", 400, errorOf("Account locked: too many attempts")],
  ] as const)("%s", async (name, status, json) => {
    await using nubra = await startStill();
    const { tempToken, code } = await openSms(nubra);
    nubra.scenarios.set("sms", { name, times: 1 });
    const refused = await verifyOtp(nubra, SMS.phone, tempToken, code);
    expect([refused.status, refused.json]).toEqual([status, json]);
    expect((await verifyOtp(nubra, SMS.phone, tempToken, code)).status).toBe(201);
  });
});
