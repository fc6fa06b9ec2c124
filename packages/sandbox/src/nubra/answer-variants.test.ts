import { describe, expect, test } from "vitest";
import {
  DEVICE,
  MAIN,
  SMS,
  get,
  login,
  openSms,
  send,
  startOtp,
  startStill,
  totpLogin,
  verifyOtp,
  verifyPin,
} from "./plain-client.ts";

describe("the answer is lost after the step took effect", () => {
  test("reset-after-mint at verifypin: the session exists and the older one is gone", async () => {
    await using nubra = await startStill();
    const { authToken, session } = await login(nubra);
    nubra.setScenario("main", { name: "reset-after-mint", times: 1 });
    await expect(verifyPin(nubra, authToken, MAIN.pin)).rejects.toThrow("fetch failed");
    expect(nubra.journal.entries().at(-1)).toMatchObject({
      step: "verifypin",
      outcome: "accepted",
      status: undefined,
      notes: ["fault: reset-after-mint"],
    });
    expect((await get(nubra, "/userinfo", session)).status).toBe(440);
    expect((await get(nubra, "/userinfo", nubra.liveSession("main") ?? "")).status).toBe(200);
  });

  test("reset-after-mint waits for a verifypin that succeeds", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    nubra.setScenario("main", { name: "reset-after-mint", times: 1 });
    expect((await verifyPin(nubra, authToken, "0000")).status).toBe(400);
    await expect(verifyPin(nubra, authToken, MAIN.pin)).rejects.toThrow("fetch failed");
  });

  test("reset-after-mint at a step of choice: the OTP is spent", async () => {
    await using nubra = await startStill();
    const { tempToken, code } = await openSms(nubra);
    nubra.setScenario("sms", { name: "reset-after-mint", step: "verifyphoneotp", times: 1 });
    await expect(verifyOtp(nubra, SMS.phone, tempToken, code)).rejects.toThrow("fetch failed");
    expect((await verifyOtp(nubra, SMS.phone, tempToken, code)).status).toBe(401);
  });

  test("slow: the effect is there while the answer is still on its way", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    nubra.setScenario("main", { name: "slow", ms: 60_000, times: 1 });
    const given = new AbortController();
    const headers = { authorization: `Bearer ${authToken}`, "x-device-id": DEVICE };
    const slow = send(nubra, "POST", "/verifypin", { headers, body: { pin: "0000" }, signal: given.signal });
    await nubra.journal.until({ note: "fault: slow" });
    given.abort();
    await expect(slow).rejects.toThrow("aborted");
    expect(nubra.accounts()[0]).toMatchObject({ wrongFactors: 1 });
  });

  test("slow and slow-bytes answer in the end", async () => {
    await using nubra = await startStill();
    const { session } = await login(nubra);
    nubra.setScenario("main", { name: "slow", ms: 1, times: 1 });
    expect((await get(nubra, "/userinfo", session)).status).toBe(200);
    nubra.setScenario("main", { name: "slow-bytes", everyMs: 0, times: 1 });
    expect((await get(nubra, "/userinfo", session)).json).toHaveProperty("env_info");
  });
});

describe("the answer is too much or too little", () => {
  test("huge-body", async () => {
    await using nubra = await startStill({
      scenarios: [{ account: "main", scenario: { name: "huge-body", bytes: 3_000_000 } }],
    });
    const answer = await totpLogin(nubra, nubra.totpCode("main") ?? "");
    expect([answer.status, answer.text.length]).toEqual([201, 3_000_000]);
  });

  test("gzip-bomb", async () => {
    await using nubra = await startStill({
      scenarios: [{ account: "main", scenario: { name: "gzip-bomb", bytes: 3_000_000 } }],
    });
    const answer = await totpLogin(nubra, nubra.totpCode("main") ?? "");
    expect([answer.status, answer.text.length]).toEqual([201, 3_000_000]);
    expect(Number(answer.headers.get("content-length"))).toBeLessThan(10_000);
  });

  test("truncated-json", async () => {
    await using nubra = await startStill();
    nubra.setScenario("main", { name: "truncated-json", times: 1 });
    const answer = await totpLogin(nubra, nubra.totpCode("main") ?? "");
    expect([answer.status, answer.json]).toEqual([201, undefined]);
    expect(answer.text).toMatch(/^\{"auth_token":"/);
    nubra.setScenario("main", { name: "truncated-json", cut: true });
    nubra.clock.advance(30_000);
    await expect(totpLogin(nubra, nubra.totpCode("main") ?? "")).rejects.toThrow("terminated");
  });
});

describe("the answer has an odd but right shape", () => {
  test.each([
    ["session_token", {}],
    ["token", { under: "token" }],
  ])("odd-success: 200 instead of 201, more fields, data.%s", async (name, parameters) => {
    await using nubra = await startStill({
      scenarios: [{ account: "main", scenario: { name: "odd-success", ...parameters } }],
    });
    const first = await totpLogin(nubra, nubra.totpCode("main") ?? "");
    expect([first.status, first.json]).toEqual([
      200,
      expect.objectContaining({ request_id: "req-0001", next: "ENTER_MPIN" }),
    ]);
    const second = await verifyPin(nubra, first.field("auth_token"), MAIN.pin);
    const { data, session_token } = second.json as { data: Record<string, string>; session_token?: string };
    expect([Object.keys(data), session_token]).toEqual([[name], undefined]);
    const info = await get(nubra, "/userinfo", data[name] ?? "");
    expect(info.json).toMatchObject({ data: { version_info: { status: "ACTIVE" } } });
  });
});

describe("the answer is a success that is none", () => {
  test("unexpected-next at the send and at the first factor, not at verifypin", async () => {
    await using nubra = await startStill({ scenarios: [{ account: "*", scenario: { name: "unexpected-next" } }] });
    expect((await startOtp(nubra, SMS.phone)).json).toMatchObject({ next: "VERIFY_EMAIL" });
    const first = await totpLogin(nubra, nubra.totpCode("main") ?? "");
    expect([first.status, first.field("next")]).toEqual([201, "VERIFY_EMAIL"]);
    const second = await verifyPin(nubra, first.field("auth_token"), MAIN.pin);
    expect(second.field("next")).toBe("DASHBOARD");
  });

  test("unexpected-next at verifypin if that step is named", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    nubra.setScenario("main", { name: "unexpected-next", step: "verifypin" });
    expect((await verifyPin(nubra, authToken, MAIN.pin)).field("next")).toBe("VERIFY_EMAIL");
  });

  test.each([
    ["missing-token", undefined],
    ["wrong-type", 1_234_567_890],
  ] as const)("%s at each of the three tokens", async (name, token) => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    nubra.clock.advance(30_000);
    nubra.scenarios.set("*", { name });
    expect((await startOtp(nubra, SMS.phone)).json).toHaveProperty("next", "VERIFY_MOBILE");
    const found = [
      (await startOtp(nubra, SMS.phone)).json as Record<string, unknown>,
      (await totpLogin(nubra, nubra.totpCode("main") ?? "")).json as Record<string, unknown>,
      (await verifyPin(nubra, authToken, MAIN.pin)).json as Record<string, unknown>,
    ].map((json, index) => json[["temp_token", "auth_token", "session_token"][index] ?? ""]);
    expect(found).toEqual([token, token, token]);
  });

  test("proto-keys: the only tokens sit where no careful reader looks", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    nubra.setScenario("main", { name: "proto-keys" });
    const answer = await verifyPin(nubra, authToken, MAIN.pin);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(answer.text).toMatch(
      /^\{"__proto__":\{"session_token":"ey[^"]+"\},"constructor":\{"prototype":\{"session_token":/,
    );
    expect(Object.keys(answer.json as object)).not.toContain("session_token");
  });
});
