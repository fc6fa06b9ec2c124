import { describe, expect, test } from "vitest";
import {
  MAIN,
  SMS,
  errorOf,
  get,
  login,
  openSms,
  send,
  startStill,
  verifyOtp,
  verifyPin,
  withSession,
} from "./plain-client.ts";

test("userinfo names the sandbox's own sockets", async () => {
  await using nubra = await startStill();
  const { session } = await login(nubra);
  const answer = await get(nubra, "/userinfo", session);
  const base = nubra.url.replace("http", "ws");
  expect([answer.status, answer.json]).toEqual([
    200,
    {
      env_info: { user_ws_url: `${base}/ws`, market_ws_url: `${base}/apibatch/ws` },
      version_info: { status: "ACTIVE" },
    },
  ]);
});

test("the scenario deprecated changes one field of userinfo", async () => {
  await using nubra = await startStill({ scenarios: [{ account: "main", scenario: { name: "deprecated" } }] });
  const { session } = await login(nubra);
  expect((await get(nubra, "/userinfo", session)).json).toMatchObject({ version_info: { status: "DEPRECATED" } });
});

test("reads answer small invented data", async () => {
  await using nubra = await startStill({ lint: true });
  const { session } = await login(nubra);
  expect((await get(nubra, "/portfolio/holdings", session)).json).toEqual({
    message: "holdings",
    portfolio: { holdings: [{ symbol: "INVENTED", quantity: 7, avg_price: 10_150 }] },
  });
  expect((await get(nubra, "/portfolio/positions", session)).json).toEqual({
    message: "positions",
    portfolio: { positions: [] },
  });
});

test("orders are numbered and counted", async () => {
  await using nubra = await startStill({ lint: true });
  const { session } = await login(nubra);
  const order = { ref_id: 1842210, order_side: "ORDER_SIDE_BUY", order_qty: 1 };
  for (const order_id of [1, 2]) {
    const answer = await send(nubra, "POST", "/orders/v2/single", { headers: withSession(session), body: order });
    expect([answer.status, answer.json]).toEqual([200, { message: "order pushed", order_id }]);
  }
  expect(nubra.journal.count({ step: "order", outcome: "accepted" })).toBe(2);
});

describe("addresses", () => {
  test("a registered address matches", async () => {
    await using nubra = await startStill();
    const { session } = await login(nubra);
    const answer = await get(nubra, "/ipaddress/validate", session);
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        is_matched: true,
        current_ip_address: "203.0.113.10",
        primary_ip_address: "203.0.113.10",
        secondary_ip_address: "",
      },
    ]);
  });

  test("another address logs in and reads, but does not trade on production", async () => {
    await using nubra = await startStill();
    nubra.setCallerAddress("198.51.100.7");
    const { session } = await login(nubra);
    expect((await get(nubra, "/ipaddress/validate", session)).json).toMatchObject({
      is_matched: false,
      current_ip_address: "198.51.100.7",
    });
    expect((await get(nubra, "/portfolio/holdings", session)).status).toBe(200);
    const order = await send(nubra, "POST", "/orders/v2/single", { headers: withSession(session), body: {} });
    expect([order.status, order.json]).toEqual([403, errorOf("IP address mismatch: trading access is restricted")]);
    expect((await get(nubra, "/userinfo", session)).status).toBe(200);
    nubra.registerIps("main", ["203.0.113.10", "198.51.100.7"]);
    expect((await send(nubra, "POST", "/orders/v2/single", { headers: withSession(session), body: {} })).status).toBe(
      200,
    );
  });

  test("UAT trades from everywhere", async () => {
    await using nubra = await startStill({ environment: "uat" });
    nubra.setCallerAddress("198.51.100.7");
    const { session } = await login(nubra);
    expect((await send(nubra, "POST", "/orders/v2/single", { headers: withSession(session), body: {} })).status).toBe(
      200,
    );
  });

  test("no registered address is a 400", async () => {
    await using nubra = await startStill();
    nubra.registerIps("main", []);
    const { session } = await login(nubra);
    const answer = await get(nubra, "/ipaddress/validate", session);
    expect([answer.status, answer.json]).toEqual([400, errorOf("No IP addresses registered for user")]);
  });

  test("the scenario ip-not-allowed refuses both, and keeps the session", async () => {
    await using nubra = await startStill({ scenarios: [{ account: "main", scenario: { name: "ip-not-allowed" } }] });
    const { session } = await login(nubra);
    expect((await get(nubra, "/ipaddress/validate", session)).status).toBe(400);
    expect((await send(nubra, "POST", "/orders/v2/single", { headers: withSession(session), body: {} })).status).toBe(
      403,
    );
    expect((await get(nubra, "/userinfo", session)).status).toBe(200);
    nubra.setScenario("main", { name: "ip-not-allowed", registered: true });
    expect((await get(nubra, "/ipaddress/validate", session)).json).toMatchObject({
      is_matched: false,
      primary_ip_address: "203.0.113.250",
    });
  });
});

describe("a report download", () => {
  test.each([
    ["/reports/contract-note?date=2031-03-02", 200],
    ["/reports/contract-note?date=2031-03-03", 200],
    ["/reports/contract-note?date=2031-03-04", 440],
    ["/reports/contract-note?date=someday", 440],
    ["/reports/contract-note", 440],
  ])("of %s answers %d and leaves the session alive", async (path, status) => {
    await using nubra = await startStill();
    const { session } = await login(nubra);
    expect((await get(nubra, path, session)).status).toBe(status);
    expect((await get(nubra, "/userinfo", session)).status).toBe(200);
  });

  test("answers 440 for any date in the scenario report-440, while the session lives", async () => {
    await using nubra = await startStill({ scenarios: [{ account: "main", scenario: { name: "report-440" } }] });
    const { session } = await login(nubra);
    const answer = await get(nubra, "/reports/contract-note?date=2031-03-02", session);
    expect([answer.status, answer.text]).toEqual([440, ""]);
    expect(nubra.journal.entries().at(-1)).toMatchObject({ outcome: "refused: no-report" });
    expect((await get(nubra, "/userinfo", session)).status).toBe(200);
  });
});

describe("logout", () => {
  test.each(["session", "authToken"] as const)("with the %s ends the session and its auth token", async (which) => {
    await using nubra = await startStill({ lint: true });
    const tokens = await login(nubra);
    const answer = await send(nubra, "POST", "/logout", { headers: withSession(tokens[which]) });
    expect([answer.status, answer.json]).toEqual([200, { message: "Logged out successfully" }]);
    expect((await get(nubra, "/userinfo", tokens.session)).status).toBe(440);
    expect((await verifyPin(nubra, tokens.authToken, MAIN.pin)).status).toBe(440);
    expect((await send(nubra, "POST", "/logout", { headers: withSession(tokens[which]) })).status).toBe(440);
  });

  test("needs the bound device", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    expect((await send(nubra, "POST", "/logout", { headers: withSession(authToken, "another-device") })).status).toBe(
      440,
    );
    expect((await verifyPin(nubra, authToken, MAIN.pin)).status).toBe(200);
  });

  test("of one account leaves the others alone", async () => {
    await using nubra = await startStill();
    const { tempToken, code } = await openSms(nubra);
    const smsAuth = (await verifyOtp(nubra, SMS.phone, tempToken, code)).field("auth_token");
    const { session } = await login(nubra);
    await send(nubra, "POST", "/logout", { headers: withSession(session) });
    expect((await verifyPin(nubra, smsAuth, SMS.pin)).status).toBe(200);
  });
});
