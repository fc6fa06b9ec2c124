import { describe, expect, test } from "vitest";
import {
  MAIN,
  SMS,
  errorOf,
  login,
  openSms,
  startOtp,
  startStill,
  totpLogin,
  verifyOtp,
  verifyPin,
} from "./plain-client.ts";
import type { NubraFailureStyle } from "./refusal.ts";

const looks: Readonly<Record<NubraFailureStyle, (status: number, text: string) => unknown>> = {
  current: (status, text) => [status, errorOf(text)],
  "status-401": (_status, text) => [401, errorOf(text)],
  "status-403": (status, text) => [status, errorOf(text)],
  message: (status, text) => [status, { message: text }],
  detail: (status, text) => [status, { detail: text }],
  empty: (status) => [status, undefined],
};

describe.each(Object.keys(looks) as NubraFailureStyle[])("in the failure style %s", (failureStyle) => {
  test("each unrecorded failure looks like that", async () => {
    await using nubra = await startStill({ failureStyle });
    const { tempToken, code } = await openSms(nubra);
    const { authToken } = await login(nubra);
    const right = nubra.totpCode("main") ?? "";
    const look = looks[failureStyle];

    const wrongOtp = await verifyOtp(nubra, SMS.phone, tempToken, code === "111111" ? "222222" : "111111");
    expect([wrongOtp.status, wrongOtp.json]).toEqual(look(400, "Invalid OTP"));
    const stale = await verifyOtp(nubra, SMS.phone, "stale", code);
    expect([stale.status, stale.json]).toEqual(look(401, "unauthorized"));
    const usedTotp = await totpLogin(nubra, right);
    expect([usedTotp.status, usedTotp.json]).toEqual(look(400, "Invalid TOTP"));
    const wrongPin = await verifyPin(nubra, authToken, "0000");
    expect([wrongPin.status, wrongPin.json]).toEqual(look(400, "Invalid MPIN"));
    nubra.clock.advance(5 * 60_000);
    const late = await verifyOtp(nubra, SMS.phone, tempToken, code);
    expect([late.status, late.json]).toEqual(look(400, "OTP expired"));
  });

  test("a recorded failure keeps its look", async () => {
    await using nubra = await startStill({ failureStyle });
    const answer = await startOtp(nubra, "+919000000002");
    expect([answer.status, answer.json]).toEqual([400, errorOf("Enter valid inputs to proceed.")]);
  });

  test("a text that is recorded is never left out", async () => {
    await using nubra = await startStill({
      failureStyle,
      scenarios: [{ account: "sms", scenario: { name: "send-limit" } }],
    });
    const answer = await startOtp(nubra, SMS.phone);
    expect(answer.text).toContain("Maximum attempts reached");
  });
});

test("a scenario may have a style of its own", async () => {
  await using nubra = await startStill();
  const { authToken } = await login(nubra);
  nubra.setScenario("main", { name: "wrong-pin", failureStyle: "empty", times: 1 });
  const scenario = await verifyPin(nubra, authToken, MAIN.pin);
  expect([scenario.status, scenario.text]).toEqual([400, ""]);
  expect((await verifyPin(nubra, authToken, "0000")).json).toEqual(errorOf("Invalid MPIN"));
});
