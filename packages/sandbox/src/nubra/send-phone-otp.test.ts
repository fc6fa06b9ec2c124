import { describe, expect, test } from "vitest";
import { MAIN, SMS, errorOf, forceSms, lastCode, openSms, startOtp, startStill, verifyOtp } from "./plain-client.ts";

const UNAUTHORIZED = errorOf("unauthorized");

describe("rule 5: temp tokens", () => {
  test("a start without TOTP texts a code and answers exactly the documented fields", async () => {
    await using nubra = await startStill();
    const answer = await startOtp(nubra, SMS.phone);
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        attempts_left: 4,
        email: SMS.email,
        expiry: 30,
        flow: "LOGIN",
        message: "OTP sent",
        next: "VERIFY_MOBILE",
        phone: SMS.phone,
        temp_token: answer.field("temp_token"),
      },
    ]);
    expect(lastCode(nubra, "sms")).toMatch(/^\d{6}$/);
  });

  test("every send issues a new one and revokes the one before", async () => {
    await using nubra = await startStill();
    const first = await openSms(nubra);
    const second = await openSms(nubra);
    expect(second.tempToken).not.toBe(first.tempToken);
    const old = await verifyOtp(nubra, SMS.phone, first.tempToken, second.code);
    expect([old.status, old.json]).toEqual([401, UNAUTHORIZED]);
    expect((await verifyOtp(nubra, SMS.phone, second.tempToken, second.code)).status).toBe(201);
  });

  test.each(["", "made-up"])("forcing an SMS with the temp token %j is refused with 401", async (token) => {
    await using nubra = await startStill();
    await startOtp(nubra, MAIN.phone);
    const answer = await forceSms(nubra, MAIN.phone, token);
    expect([answer.status, answer.json]).toEqual([401, UNAUTHORIZED]);
    expect(nubra.inbox("main")).toEqual([]);
  });

  test("forcing an SMS with another account's or an expired temp token is refused with 401", async () => {
    await using nubra = await startStill();
    const foreign = (await startOtp(nubra, SMS.phone)).field("temp_token");
    expect((await forceSms(nubra, MAIN.phone, foreign)).status).toBe(401);
    const own = (await startOtp(nubra, MAIN.phone)).field("temp_token");
    nubra.clock.advance(5 * 60_000);
    expect((await forceSms(nubra, MAIN.phone, own)).status).toBe(401);
  });
});

describe("rule 6: the two sends", () => {
  test("an account with TOTP is asked for it first, and gets a code by the second send at no further attempt", async () => {
    await using nubra = await startStill();
    const first = await startOtp(nubra, MAIN.phone);
    expect(first.json).toMatchObject({ next: "VERIFY_TOTP", attempts_left: 4 });
    expect(nubra.inbox("main")).toEqual([]);
    const second = await forceSms(nubra, MAIN.phone, first.field("temp_token"));
    expect(second.json).toMatchObject({ next: "VERIFY_MOBILE", attempts_left: 4, message: "OTP sent" });
    expect(nubra.inbox("main")).toHaveLength(1);
    expect((await verifyOtp(nubra, MAIN.phone, second.field("temp_token"), lastCode(nubra, "main"))).status).toBe(201);
  });

  test("a temp token issued for TOTP redeems nothing", async () => {
    await using nubra = await startStill();
    const first = await startOtp(nubra, MAIN.phone);
    const answer = await verifyOtp(nubra, MAIN.phone, first.field("temp_token"), "123456");
    expect([answer.status, answer.json]).toEqual([401, UNAUTHORIZED]);
  });

  test("a blind second send costs an attempt and poisons the chain until it is started anew", async () => {
    await using nubra = await startStill();
    const first = await openSms(nubra);
    const blind = await forceSms(nubra, SMS.phone, first.tempToken);
    expect(blind.json).toMatchObject({ next: "VERIFY_MOBILE", attempts_left: 3 });
    const refused = await verifyOtp(nubra, SMS.phone, blind.field("temp_token"), lastCode(nubra, "sms"));
    expect([refused.status, refused.json]).toEqual([401, UNAUTHORIZED]);
    const third = await forceSms(nubra, SMS.phone, blind.field("temp_token"));
    expect((await verifyOtp(nubra, SMS.phone, third.field("temp_token"), lastCode(nubra, "sms"))).status).toBe(401);
    const anew = await openSms(nubra);
    expect((await verifyOtp(nubra, SMS.phone, anew.tempToken, anew.code)).status).toBe(201);
  });

  test("the documented profile wants both sends from everybody, and the first texts nothing", async () => {
    for (const account of [MAIN, SMS]) {
      await using nubra = await startStill({ profile: "documented" });
      const name = account === MAIN ? "main" : "sms";
      const first = await startOtp(nubra, account.phone);
      expect(first.json).toMatchObject({ next: "VERIFY_MOBILE", attempts_left: 4 });
      expect(nubra.inbox(name)).toEqual([]);
      expect((await verifyOtp(nubra, account.phone, first.field("temp_token"), "123456")).status).toBe(401);
      const second = await forceSms(nubra, account.phone, first.field("temp_token"));
      expect(second.json).toMatchObject({ next: "VERIFY_MOBILE", attempts_left: 4 });
      expect((await verifyOtp(nubra, account.phone, second.field("temp_token"), lastCode(nubra, name))).status).toBe(
        201,
      );
    }
  });

  test("a third send poisons nothing in the documented profile", async () => {
    await using nubra = await startStill({ profile: "documented" });
    const second = await forceSms(nubra, SMS.phone, (await startOtp(nubra, SMS.phone)).field("temp_token"));
    const third = await forceSms(nubra, SMS.phone, second.field("temp_token"));
    expect(third.json).toMatchObject({ attempts_left: 3 });
    expect((await verifyOtp(nubra, SMS.phone, third.field("temp_token"), lastCode(nubra, "sms"))).status).toBe(201);
  });
});

describe("rule 12: sends run out", () => {
  test("the sixth send is refused, and from then on the right code as well", async () => {
    await using nubra = await startStill();
    const left: unknown[] = [];
    for (let send = 1; send <= 5; send += 1) left.push((await startOtp(nubra, SMS.phone)).json);
    expect(left).toMatchObject([4, 3, 2, 1, 0].map((attempts_left) => ({ attempts_left })));
    const sixth = await startOtp(nubra, SMS.phone);
    expect([sixth.status, sixth.json]).toEqual([400, errorOf("Maximum attempts reached")]);
    const last = left.at(-1) as { temp_token: string };
    const right = await verifyOtp(nubra, SMS.phone, last.temp_token, lastCode(nubra, "sms"));
    expect([right.status, right.json]).toEqual([400, errorOf("Maximum attempts reached")]);
    nubra.unlock("sms");
    expect((await startOtp(nubra, SMS.phone)).status).toBe(200);
  });

  test("a forced send is a send: the sixth is refused whichever it is", async () => {
    await using nubra = await startStill();
    for (let round = 1; round <= 2; round += 1) {
      const first = await startOtp(nubra, MAIN.phone);
      expect((await forceSms(nubra, MAIN.phone, first.field("temp_token"))).status).toBe(200);
    }
    const fifth = await startOtp(nubra, MAIN.phone);
    const sixth = await forceSms(nubra, MAIN.phone, fifth.field("temp_token"));
    expect([sixth.status, sixth.json]).toEqual([400, errorOf("Maximum attempts reached")]);
    expect(nubra.inbox("main")).toHaveLength(2);
  });

  test("a fifth send can still be redeemed", async () => {
    await using nubra = await startStill();
    for (let send = 1; send <= 4; send += 1) await startOtp(nubra, SMS.phone);
    const { tempToken, code } = await openSms(nubra);
    expect((await verifyOtp(nubra, SMS.phone, tempToken, code)).status).toBe(201);
  });
});

describe("scenarios", () => {
  test("send-limit refuses the send", async () => {
    await using nubra = await startStill({ scenarios: [{ account: "sms", scenario: { name: "send-limit" } }] });
    const answer = await startOtp(nubra, SMS.phone);
    expect([answer.status, answer.json]).toEqual([400, errorOf("Maximum attempts reached")]);
    expect(nubra.inbox("sms")).toEqual([]);
  });

  test("lockout refuses the send", async () => {
    await using nubra = await startStill({ scenarios: [{ account: "sms", scenario: { name: "lockout" } }] });
    const answer = await startOtp(nubra, SMS.phone);
    expect([answer.status, answer.json]).toEqual([400, errorOf("Account locked: too many attempts")]);
  });

  test("totp-account-otp asks for TOTP first, then texts, so success takes exactly two sends", async () => {
    await using nubra = await startStill();
    nubra.setScenario("sms", { name: "totp-account-otp" });
    const first = await startOtp(nubra, SMS.phone);
    expect(first.field("next")).toBe("VERIFY_TOTP");
    const second = await forceSms(nubra, SMS.phone, first.field("temp_token"));
    expect(second.field("next")).toBe("VERIFY_MOBILE");
    expect((await verifyOtp(nubra, SMS.phone, second.field("temp_token"), lastCode(nubra, "sms"))).status).toBe(201);
    expect(nubra.journal.count({ step: "sendphoneotp" })).toBe(2);
  });

  test("stale-temp-token meets the second send when it is named as the step", async () => {
    await using nubra = await startStill();
    nubra.setScenario("main", { name: "stale-temp-token", step: "sendphoneotp" });
    const first = await startOtp(nubra, MAIN.phone);
    expect((await forceSms(nubra, MAIN.phone, first.field("temp_token"))).json).toEqual(UNAUTHORIZED);
  });
});
