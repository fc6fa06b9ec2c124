import { describe, expect, test } from "vitest";
import { isJsonObject } from "../json.ts";
import { readJwtClaims } from "../jwt.ts";
import {
  MAIN,
  SMS,
  get,
  login,
  send,
  startOtp,
  startStill,
  totpLogin,
  verifyPin,
  withSession,
} from "./plain-client.ts";

describe("contradiction: a success that says something else as well", () => {
  test.each([
    [{}, { error: "The request could not be completed", nubra_error_code: "" }],
    [
      { kind: "error", text: "Invalid MPIN" },
      { error: "Invalid MPIN", phone: MAIN.phone },
    ],
    [{ kind: "success-false" }, { success: false, phone: MAIN.phone }],
    [{ kind: "phone" }, { phone: "9000000099" }],
    [{ kind: "masked-phone" }, { phone: "90XXXXXX99" }],
  ])("%j stands beside a session token that works", async (parameters, said) => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    nubra.setScenario("main", { name: "contradiction", times: 1, ...parameters });
    const answer = await verifyPin(nubra, authToken, MAIN.pin);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject(said);
    expect((await get(nubra, "/userinfo", answer.field("session_token"))).status).toBe(200);
    expect(nubra.journal.entries({ step: "verifypin" }).at(-1)?.notes).toEqual(["fault: contradiction"]);
  });

  test("expired gives a session token whose exp is an hour old", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    nubra.setScenario("main", { name: "contradiction", kind: "expired" });
    const token = (await verifyPin(nubra, authToken, MAIN.pin)).field("session_token");
    expect(readJwtClaims(token)?.["exp"]).toBe(Math.floor(nubra.clock.now() / 1000) - 3600);
  });
});

describe("odd-number", () => {
  test("attempts_left repeats the factor that was sent, in a refusal too", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    nubra.setScenario("main", { name: "odd-number" });
    const answer = await verifyPin(nubra, authToken, "4821");
    expect([answer.status, answer.json]).toEqual([
      400,
      { error: "Invalid MPIN", nubra_error_code: "", attempts_left: 4821 },
    ]);
  });

  test("expiry can be any number", async () => {
    await using nubra = await startStill();
    nubra.setScenario("sms", { name: "odd-number", field: "expiry", value: 1e306 });
    const { json } = await startOtp(nubra, SMS.phone);
    expect(isJsonObject(json) && json["expiry"]).toBe(1e306);
  });
});

describe("totp-gone: Nubra offers TOTP no longer", () => {
  test.each([undefined, 405, 410, 501])("every /totp/* call is answered %s, and nothing is counted", async (status) => {
    await using nubra = await startStill();
    const { session } = await login(nubra);
    nubra.clock.advance(30_000);
    nubra.setScenario("*", { name: "totp-gone", status });
    const answers = [
      await totpLogin(nubra, "000000"),
      await send(nubra, "GET", "/totp/generate-secret", { headers: withSession(session) }),
      await send(nubra, "POST", "/totp/enable", {
        headers: withSession(session),
        body: { mpin: "0000", totp: "000000" },
      }),
      await send(nubra, "POST", "/totp/disable", { headers: withSession(session), body: { mpin: "0000" } }),
    ];
    for (const answer of answers) expect(answer.status).toBe(status ?? 404);
    expect(nubra.accounts()[0]).toMatchObject({ wrongFactors: 0 });
    expect((await get(nubra, "/userinfo", session)).status).toBe(200);
  });

  test("the first send of an account with TOTP texts the code", async () => {
    await using nubra = await startStill();
    nubra.setScenario("*", { name: "totp-gone" });
    expect((await startOtp(nubra, MAIN.phone)).field("next")).toBe("VERIFY_MOBILE");
    expect(nubra.inbox("main")).toHaveLength(1);
  });
});
