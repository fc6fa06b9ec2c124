import { describe, expect, test } from "vitest";
import { MAIN, errorOf, get, login, send, startStill, verifyPin, withSession } from "./plain-client.ts";

const calls: readonly (readonly [method: string, path: string, body: Record<string, string> | undefined])[] = [
  ["GET", "/userinfo", undefined],
  ["GET", "/ipaddress/validate", undefined],
  ["GET", "/portfolio/holdings", undefined],
  ["GET", "/portfolio/positions", undefined],
  ["GET", "/reports/contract-note", undefined],
  ["POST", "/orders/v2/single", {}],
  ["GET", "/totp/generate-secret", undefined],
  ["POST", "/totp/enable", { mpin: "1357", totp: "123456" }],
  ["POST", "/totp/disable", { mpin: "1357" }],
  ["POST", "/logout", undefined],
];

describe.each(calls)("rule 9: %s %s", (method, path, body) => {
  test("answers 440 with an empty body to a made-up, a replaced and a foreign device's session", async () => {
    await using nubra = await startStill();
    const replaced = await login(nubra);
    const live = await login(nubra);
    const attempts: [string, Record<string, string>][] = [
      ["unknown-session", withSession("made-up")],
      ["session-replaced", withSession(replaced.session)],
      ["wrong-device", withSession(live.session, "another-device")],
    ];
    for (const [reason, headers] of attempts) {
      const answer = await send(nubra, method, path, { headers, ...(body && { body }) });
      expect([answer.status, answer.text]).toEqual([440, ""]);
      expect(nubra.journal.entries().at(-1)).toMatchObject({ outcome: `refused: ${reason}` });
    }
  });

  test("answers 401 where the bearer is missing", async () => {
    await using nubra = await startStill();
    const answer = await send(nubra, method, path, { headers: { "x-device-id": "TS123" }, ...(body && { body }) });
    expect([answer.status, answer.json]).toEqual([401, errorOf("unauthorized")]);
  });
});

describe("scenarios", () => {
  test.each([
    [{}, 440, undefined],
    [{ failureStyle: "status-401" }, 401, undefined],
    [{ failureStyle: "status-403" }, 403, undefined],
    [{ failureStyle: "empty" }, 440, undefined],
    [{ failureStyle: "message" }, 440, { message: "Session expired" }],
    [{ failureStyle: "detail" }, 440, { detail: "Session expired" }],
  ])("session-expired with %j really ends the session, and the MPIN renews it", async (parameters, status, json) => {
    await using nubra = await startStill();
    const { authToken, session } = await login(nubra);
    nubra.setScenario("main", { name: "session-expired", times: 1, ...parameters });
    const refused = await get(nubra, "/portfolio/holdings", session);
    expect([refused.status, refused.json]).toEqual([status, json]);
    // A dead session is told in the same way at every later call.
    expect((await get(nubra, "/userinfo", session)).status).toBe(status);
    const renewed = (await verifyPin(nubra, authToken, MAIN.pin)).field("session_token");
    expect((await get(nubra, "/portfolio/holdings", renewed)).status).toBe(200);
  });

  test("session-expired without an end kills each fresh session at its first call", async () => {
    await using nubra = await startStill({ scenarios: [{ account: "main", scenario: { name: "session-expired" } }] });
    for (let round = 0; round < 2; round += 1) {
      const { session } = await login(nubra);
      expect((await get(nubra, "/userinfo", session)).status).toBe(440);
    }
  });

  test("session-replaced lets somebody else log in first", async () => {
    await using nubra = await startStill();
    const { authToken, session } = await login(nubra);
    nubra.setScenario("main", { name: "session-replaced", times: 1 });
    const refused = await get(nubra, "/userinfo", session);
    expect([refused.status, refused.text]).toEqual([440, ""]);
    expect(nubra.journal.entries().at(-1)).toMatchObject({ outcome: "refused: session-replaced" });
    const theirs = nubra.liveSession("main");
    expect(theirs).toMatch(/^ey/);
    expect(theirs).not.toBe(session);
    expect((await verifyPin(nubra, authToken, MAIN.pin)).status).toBe(200);
  });

  test("another device really logs in: its session opens the API, ours does not", async () => {
    await using nubra = await startStill();
    const { session } = await login(nubra);
    const other = nubra.otherDeviceLogin("main");
    expect((await get(nubra, "/userinfo", session)).status).toBe(440);
    const headers = withSession(other.sessionToken, other.deviceId);
    expect((await send(nubra, "GET", "/userinfo", { headers })).status).toBe(200);
    await login(nubra);
    expect((await send(nubra, "GET", "/userinfo", { headers })).status).toBe(440);
  });

  test("sessions and auth tokens can be ended at once", async () => {
    await using nubra = await startStill();
    const { authToken, session } = await login(nubra);
    nubra.endSessions("main");
    expect((await get(nubra, "/userinfo", session)).status).toBe(440);
    nubra.endAuthTokens("main");
    expect((await verifyPin(nubra, authToken, MAIN.pin)).status).toBe(440);
  });
});
