import { describe, expect, test } from "vitest";
import {
  DEVICE,
  INVALID_INPUT,
  MAIN,
  SMS,
  STILL_AT,
  errorOf,
  login,
  send,
  startOtp,
  startStill,
  totpLogin,
  verifyPin,
} from "./plain-client.ts";
import { totpCode } from "../totp-verifier.ts";

const SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const INVALID = errorOf("Invalid TOTP");

function notThis(code: string | undefined): string {
  return code === "111111" ? "222222" : "111111";
}

test("answers 201 with an auth token for the code as an integer", async () => {
  await using nubra = await startStill({ lint: true });
  const answer = await totpLogin(nubra, totpCode(SECRET, STILL_AT));
  expect([answer.status, answer.json]).toEqual([
    201,
    { auth_token: answer.field("auth_token"), flow: "LOGIN", message: "User Created Successfully", next: "ENTER_MPIN" },
  ]);
  expect(answer.field("auth_token")).toMatch(/^[\da-f-]{36}$/);
});

test.each(["observed", "documented"] as const)(
  "takes the e-mail instead of the phone in the %s profile, with a note",
  async (profile) => {
    await using nubra = await startStill({ profile });
    const body = { email: MAIN.email, totp: Number(nubra.totpCode("main")) };
    expect((await send(nubra, "POST", "/totp/login", { headers: { "x-device-id": DEVICE }, body })).status).toBe(201);
    expect(nubra.journal.entries()).toMatchObject([{ account: "main", notes: ["email at totp/login"] }]);
  },
);

test("takes the e-mail in lint mode only where the original page is played", async () => {
  for (const [profile, status] of [
    ["observed", 400],
    ["documented", 201],
  ] as const) {
    await using nubra = await startStill({ profile, lint: true });
    const body = { email: MAIN.email, totp: Number(nubra.totpCode("main")) };
    const answer = await send(nubra, "POST", "/totp/login", { headers: { "x-device-id": DEVICE }, body });
    expect(answer.status).toBe(status);
    expect(nubra.journal.entries()).toMatchObject([
      { outcome: status === 201 ? "accepted" : "refused: lint", notes: ["email at totp/login"] },
    ]);
  }
});

test("refuses phone numbers and e-mails that nobody has", async () => {
  await using nubra = await startStill();
  for (const identity of [{ phone: "9999999999" }, { email: "nobody@example.com" }]) {
    const answer = await send(nubra, "POST", "/totp/login", {
      headers: { "x-device-id": DEVICE },
      body: { ...identity, totp: 123_456 },
    });
    expect([answer.status, answer.json]).toEqual([400, INVALID_INPUT]);
  }
});

test("pads an integer that lost its leading zeros", async () => {
  await using nubra = await startStill();
  nubra.showLeadingZero("main");
  const code = nubra.totpCode("main") ?? "";
  expect(code).toMatch(/^0\d{5}$/);
  const answer = await totpLogin(nubra, code);
  expect(answer.status).toBe(201);
  expect(nubra.journal.entries()[0]?.body).toEqual({ phone: MAIN.phone, totp: Number(code) });
});

describe("rule 11: time steps", () => {
  test.each([-30_000, 0, 30_000])("takes the code of %d milliseconds from now", async (away) => {
    await using nubra = await startStill();
    expect((await totpLogin(nubra, totpCode(SECRET, STILL_AT + away))).status).toBe(201);
  });

  test.each([-60_000, 60_000])("refuses the code of %d milliseconds from now", async (away) => {
    await using nubra = await startStill();
    const answer = await totpLogin(nubra, totpCode(SECRET, STILL_AT + away));
    expect([answer.status, answer.json]).toEqual([400, INVALID]);
  });

  test("refuses a code that was accepted before, in its own step and in the next", async () => {
    await using nubra = await startStill();
    const code = nubra.totpCode("main") ?? "";
    expect((await totpLogin(nubra, code)).status).toBe(201);
    expect((await totpLogin(nubra, code)).json).toEqual(INVALID);
    nubra.clock.advance(30_000);
    expect((await totpLogin(nubra, code)).json).toEqual(INVALID);
    expect(nubra.journal.count({ outcome: "refused: used-totp" })).toBe(2);
  });

  test("refuses the right code in a step in which a wrong one was refused", async () => {
    await using nubra = await startStill();
    const code = nubra.totpCode("main") ?? "";
    await totpLogin(nubra, notThis(code));
    expect((await totpLogin(nubra, code)).json).toEqual(INVALID);
    nubra.clock.advance(30_000);
    expect((await totpLogin(nubra, nubra.totpCode("main") ?? "")).status).toBe(201);
  });
});

describe("rule 12: wrong codes lock", () => {
  test("three wrong codes lock the account, and correct factors do not help", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      nubra.clock.advance(30_000);
      expect((await totpLogin(nubra, notThis(nubra.totpCode("main")))).json).toEqual(INVALID);
    }
    nubra.clock.advance(30_000);
    const locked = errorOf("Account locked: too many attempts");
    expect((await totpLogin(nubra, nubra.totpCode("main") ?? "")).json).toEqual(locked);
    expect((await verifyPin(nubra, authToken, MAIN.pin)).json).toEqual(locked);
    expect((await startOtp(nubra, MAIN.phone)).json).toEqual(locked);
    nubra.unlock("main");
    nubra.clock.advance(30_000);
    expect((await totpLogin(nubra, nubra.totpCode("main") ?? "")).status).toBe(201);
  });

  test("wrong codes and wrong MPINs are counted together", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    await verifyPin(nubra, authToken, "0000");
    await verifyPin(nubra, authToken, "0001");
    nubra.clock.advance(30_000);
    await totpLogin(nubra, notThis(nubra.totpCode("main")));
    expect(nubra.accounts()[0]).toMatchObject({ locked: true });
  });
});

describe("scenarios", () => {
  test("an account without TOTP is told so", async () => {
    await using nubra = await startStill();
    const answer = await send(nubra, "POST", "/totp/login", {
      headers: { "x-device-id": DEVICE },
      body: { phone: SMS.phone, totp: 123_456 },
    });
    expect([answer.status, answer.json]).toEqual([400, errorOf("TOTP is not enabled")]);
  });

  test.each([
    ["totp-not-enrolled", errorOf("TOTP is not enabled")],
    ["lockout", errorOf("Account locked: too many attempts")],
    ["wrong-totp", INVALID],
  ] as const)("%s refuses the right code", async (name, json) => {
    await using nubra = await startStill({ scenarios: [{ account: "main", scenario: { name } }] });
    const answer = await totpLogin(nubra, nubra.totpCode("main") ?? "");
    expect([answer.status, answer.json]).toEqual([400, json]);
    expect(nubra.accounts()[0]).toMatchObject({ wrongFactors: name === "wrong-totp" ? 1 : 0 });
  });

  test("wrong-totp spends the time step", async () => {
    await using nubra = await startStill({
      scenarios: [{ account: "main", scenario: { name: "wrong-totp", times: 1 } }],
    });
    const code = nubra.totpCode("main") ?? "";
    await totpLogin(nubra, code);
    expect((await totpLogin(nubra, code)).json).toEqual(INVALID);
  });

  test("leading-zero moves the clock on to a code that starts with 0", async () => {
    await using nubra = await startStill();
    nubra.setScenario("main", { name: "leading-zero" });
    expect(nubra.totpCode("main")).toMatch(/^0/);
    expect(nubra.clock.now()).toBeGreaterThan(STILL_AT);
    expect(nubra.clock.now() % 30_000).toBe(0);
    expect((await totpLogin(nubra, nubra.totpCode("main") ?? "")).status).toBe(201);
  });

  test.each([
    [20_000, 201],
    [-20_000, 201],
    [95_000, 400],
    [-95_000, 400],
    [600_000, 400],
  ])(
    "clock-skew by %d milliseconds shows in the Date header and decides over the code of the true time",
    async (skewMs, status) => {
      await using nubra = await startStill({ scenarios: [{ account: "*", scenario: { name: "clock-skew", skewMs } }] });
      const answer = await totpLogin(nubra, totpCode(SECRET, STILL_AT));
      expect(answer.status).toBe(status);
      expect(Date.parse(answer.headers.get("date") ?? "")).toBe(STILL_AT + skewMs);
      // Whoever goes by that header gets in.
      nubra.clock.advance(60_000);
      expect((await totpLogin(nubra, totpCode(SECRET, STILL_AT + 60_000 + skewMs))).status).toBe(201);
    },
  );

  test("clock-skew and leading-zero say where they can be set", async () => {
    await using nubra = await startStill();
    expect(() => nubra.setScenario("main", { name: "clock-skew", skewMs: 1 })).toThrow(
      expect.objectContaining({ code: "bad_option" }),
    );
    expect(() => nubra.setScenario("*", { name: "leading-zero" })).toThrow(
      expect.objectContaining({ code: "bad_option" }),
    );
    expect(() => nubra.setScenario("sms", { name: "leading-zero" })).toThrow(
      expect.objectContaining({ code: "bad_option" }),
    );
  });
});
