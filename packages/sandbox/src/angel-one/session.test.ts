import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import {
  call,
  get,
  headersOf,
  logIn,
  main,
  paths,
  post,
  renew,
  sendLogin,
  spare,
  stoppedClock,
} from "./plain-client.ts";
import type { AngelOneSandboxOptions } from "./options.ts";
import { type AngelOneSandbox, startAngelOneSandbox } from "./sandbox.ts";

const start = (options: AngelOneSandboxOptions = {}) => startAngelOneSandbox({ clock: stoppedClock(), ...options });

test("a token that never was, none, or another app's key opens nothing", async () => {
  await using sandbox = await start();
  const { jwt } = await logIn(sandbox);
  const asked = async (headers: Record<string, string>) =>
    (await call(`${sandbox.url}${paths.profile}`, { headers })).body["errorCode"];
  expect(await asked(headersOf())).toBe("AG8003");
  expect(await asked(headersOf("x.y.z"))).toBe("AG8001");
  expect(await asked({ ...headersOf(jwt), Authorization: jwt })).toBe("AG8003");
  expect(await asked(headersOf(jwt, spare))).toBe("AG8004");
  expect(await asked(headersOf(jwt))).toBeUndefined();
});

describe("a session", () => {
  test("ends at 00:00 IST", async () => {
    await using sandbox = await start();
    const { jwt } = await logIn(sandbox);
    sandbox.clock.set(Date.UTC(2031, 2, 3, 18, 30) - 1);
    expect((await get(sandbox, paths.profile, jwt)).data["clientcode"]).toBe(main.clientCode);
    sandbox.clock.advance(1);
    expect((await get(sandbox, paths.profile, jwt)).body["errorCode"]).toBe("AG8002");
  });

  test("ends by a second login unless sessions are shared, by a logout and by its owner", async () => {
    for (const [sessions, code] of [
      ["exclusive", "AG8001"],
      ["shared", undefined],
    ] as const) {
      await using sandbox = await start({ sessions });
      const { jwt } = await logIn(sandbox);
      await logIn(sandbox);
      expect((await get(sandbox, paths.profile, jwt)).body["errorCode"]).toBe(code);
    }
    await using sandbox = await start();
    const first = await logIn(sandbox);
    const logout = (clientcode: string) => post(sandbox, paths.logout, { clientcode }, headersOf(first.jwt));
    expect((await logout(spare.clientCode)).body["errorcode"]).toBe("AB4008");
    expect((await logout(main.clientCode)).body["status"]).toBe(true);
    expect((await logout(main.clientCode)).body["errorCode"]).toBe("AG8001");
    expect((await renew(sandbox, first)).body["errorcode"]).toBe("AB8050");
    const second = await logIn(sandbox);
    sandbox.endSessions("main");
    expect((await get(sandbox, paths.profile, second.jwt)).body["errorCode"]).toBe("AG8001");
  });

  test.each([
    ["AG8001", 200, { success: false, errorCode: "AG8001" }],
    ["AG8002", 200, { success: false, errorCode: "AG8002" }],
    ["AB1010", 200, { status: false, errorcode: "AB1010" }],
    ["AB1011", 200, { status: false, errorcode: "AB1011" }],
    ["services", 200, { status: false, errorcode: "AG8001" }],
    ["401", 401, {}],
  ])("may be said to be over in the form %s", async (form, status, body) => {
    await using sandbox = await start();
    const { jwt } = await logIn(sandbox);
    sandbox.setScenario("main", { name: "session-expired", form });
    const sent = await get(sandbox, paths.orders, jwt);
    expect([sent.status, sent.body]).toMatchObject([status, body]);
    expect((await get(sandbox, paths.orders, jwt)).status).toBe(status);
  });

  test("is replaced just before its next call by a login on another device", async () => {
    await using sandbox = await start();
    const { jwt } = await logIn(sandbox);
    sandbox.setScenario("main", { name: "session-replaced", times: 1 });
    expect((await get(sandbox, paths.orders, jwt)).body["errorCode"]).toBe("AG8001");
    expect(sandbox.accounts()[0]).toMatchObject({ minted: 2 });
  });
});

describe("what leaves a session alive", () => {
  test.each([
    ["access-rate", {}, 403, "Access denied because of exceeding access rate"],
    ["access-rate", { json: true }, 403, '"success":false'],
    ["access-rate", { text: "Access denied because of exceeding rate limit" }, 403, "exceeding rate limit"],
    ["auth-403", {}, 403, "AG8001"],
    ["forbidden", {}, 403, ""],
    ["firewall", {}, 200, "Request Rejected"],
    ["rate-limit", {}, 429, "Too many requests"],
    ["server-error", { status: 503 }, 503, "AB1004"],
    ["echo-secrets", {}, 200, "Bearer ey"],
  ] as const)("%s %j", async (name, more, status, text) => {
    await using sandbox = await start();
    const { jwt } = await logIn(sandbox);
    sandbox.setScenario("main", { name, times: 1, ...more });
    const sent = await get(sandbox, paths.orders, jwt);
    expect(sent.status).toBe(status);
    expect(sent.text).toContain(text);
    expect((await get(sandbox, paths.orders, jwt)).body["status"]).toBe(true);
  });

  test("an order from an address that is not listed; reads come from anywhere", async () => {
    await using sandbox = await start();
    const { jwt } = await logIn(sandbox);
    const order = () => post(sandbox, paths.place, { tradingsymbol: "INVENTED-EQ" }, headersOf(jwt));
    sandbox.setCallerAddress("198.51.100.4");
    expect((await order()).body).toMatchObject({ success: false, errorCode: "AG7002" });
    expect((await get(sandbox, paths.orders, jwt)).body["status"]).toBe(true);
    sandbox.setListedAddresses("main", ["198.51.100.4"]);
    expect((await order()).data["orderid"]).toBe("310303000000001");
    expect((await get(sandbox, paths.orders, jwt)).body["data"]).toEqual([
      { orderid: "310303000000001", status: "open" },
    ]);
    sandbox.setScenario("main", { name: "ip-not-allowed", times: 1 });
    expect((await order()).body["errorCode"]).toBe("AG7002");
  });
});

test("a path that is not there is the firewall's page with HTTP 200, another method 405, a body that is no JSON 415", async () => {
  await using sandbox = await start();
  const { jwt } = await logIn(sandbox);
  const lost = await call(`${sandbox.url}/rest/auth/angelbroking/user/v1/loginByMpin`, { method: "POST" });
  expect([lost.status, lost.text]).toEqual([200, expect.stringContaining("support ID")]);
  expect((await call(`${sandbox.url}${paths.profile}`, { method: "POST", headers: headersOf(jwt) })).status).toBe(405);
  const form = new URLSearchParams({ clientcode: main.clientCode });
  expect(
    (await call(`${sandbox.url}${paths.login}`, { method: "POST", headers: headersOf(), body: form })).status,
  ).toBe(415);
});

function open(sandbox: AngelOneSandbox, path: string, headers: Record<string, string>): WebSocket {
  const socket = new WebSocket(`${sandbox.url.replace("http", "ws")}${path}`, { headers });
  socket.on("error", () => socket.terminate());
  return socket;
}

async function refusalOf(socket: WebSocket): Promise<readonly [number, string]> {
  type Refusal = { statusCode: number; headers: Record<string, string> };
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, Refusal];
  socket.terminate();
  return [response.statusCode, response.headers["x-error-message"] ?? ""];
}

test("sockets take the JWT bare for market data, with Bearer for orders, and answer ping", async () => {
  await using sandbox = await start();
  const { jwt, feedToken } = await logIn(sandbox);
  const shared = { "x-api-key": main.apiKey, "x-client-code": main.clientCode, "x-feed-token": feedToken };
  const query = new URLSearchParams({ apiKey: main.apiKey, clientCode: main.clientCode, feedToken });
  for (const [path, headers] of [
    ["/smart-stream", { ...shared, authorization: jwt }],
    ["/smart-order-update", { ...shared, authorization: `Bearer ${jwt}` }],
    [`/smart-stream?${query.toString()}`, {}],
  ] as const) {
    const socket = open(sandbox, path, headers);
    await once(socket, "open");
    socket.send("ping");
    const [pong] = (await once(socket, "message")) as [Buffer];
    expect(pong.toString()).toBe("pong");
    socket.send(
      JSON.stringify({
        correlationID: "a",
        action: 1,
        params: { mode: 1, tokenList: [{ exchangeType: 1, tokens: ["1"] }] },
      }),
    );
    socket.send("not a command");
    await once(socket, "message");
    socket.close();
  }
  expect(await refusalOf(open(sandbox, "/smart-stream", { ...shared, authorization: `Bearer ${jwt}` }))).toEqual([
    401,
    "Invalid Token",
  ]);
  expect(await refusalOf(open(sandbox, "/smart-order-update", { ...shared, authorization: jwt }))).toEqual([
    401,
    "Invalid Token",
  ]);
  expect(
    await refusalOf(open(sandbox, "/smart-stream", { ...shared, authorization: jwt, "x-feed-token": "x" })),
  ).toEqual([401, "Invalid Feed Token"]);
  expect(await refusalOf(open(sandbox, "/feed", {}))).toEqual([404, ""]);
});

test("a second run goes on with sessions, attempts, used codes and scenarios; an unknown account is an error wherever it is named", async () => {
  await using first = await start();
  const { jwt } = await logIn(first);
  await sendLogin(first, { password: "9999" });
  const used = { clientcode: main.clientCode, password: main.pin, totp: first.totpCode("main") };
  first.setScenario("spare", { name: "forbidden", times: 2 });
  first.setCallerAddress("198.51.100.4");
  await using second = await start({ saved: first.snapshot() });
  second.clock.set(first.clock.now());
  expect((await get(second, paths.profile, jwt)).body["status"]).toBe(true);
  expect((await post(second, paths.login, used, headersOf())).body["errorcode"]).toBe("AB1050");
  expect(second.accounts()[0]).toMatchObject({ wrongFactors: 2 });
  expect(second.scenarios.list()).toEqual([{ account: "spare", scenario: { name: "forbidden", times: 2 } }]);
  const { controls } = second;
  expect(controls["totp-code"]?.({ account: "main" })).toEqual({ code: second.totpCode("main") });
  controls["listed-addresses"]?.({ account: "main", addresses: [] });
  controls["caller-address"]?.({ address: "198.51.100.5", from: "127.0.0.2" });
  controls["end-sessions"]?.({ account: "main" });
  controls["unlock"]?.({ account: "main" });
  expect(controls["other-device-login"]?.({ account: "main" })).toMatchObject({ jwt: expect.any(String) });
  expect(second.accounts()[0]).toMatchObject({ wrongFactors: 0, listedAddresses: [] });
  for (const run of [
    () => second.setScenario("nobody", { name: "hang" }),
    () => second.otherDeviceLogin("nobody"),
    () => second.endSessions("nobody"),
    () => second.unlock("nobody"),
    () => second.totpCode("nobody"),
    () => second.accountInput("nobody"),
    () => second.setListedAddresses("nobody", []),
  ])
    expect(run).toThrow(expect.objectContaining({ code: "unknown_account" }));
});

test("scenarios that move the clock do so at once, for the broker's own accounts", async () => {
  await using sandbox = await start();
  sandbox.setScenario("main", { name: "leading-zero" });
  expect(sandbox.totpCode("main")).toMatch(/^0/);
  sandbox.setScenario("main", { name: "lockout" });
  expect((await sendLogin(sandbox)).body["errorcode"]).toBe("AB1006");
  expect((await sendLogin(sandbox, {}, spare)).body["status"]).toBe(true);
  sandbox.setScenario("*", { name: "clock-skew", skewMs: 60_000 });
  expect((await fetch(sandbox.url)).headers.get("date")).toBe(new Date(sandbox.clock.now() + 60_000).toUTCString());
  expect(() => sandbox.setScenario("*", { name: "leading-zero" })).toThrow(/needs the name/);
});

test.each([
  ["clientCode", { clientCode: "t1" }],
  ["pin", { pin: "12345" }],
  ["totpSecret", { totpSecret: "SHORT" }],
  ["apiKey", { apiKey: "a b" }],
  ["name", { name: "*" }],
])("an account with a wrong %s is refused, and so are two of one customer", async (field, wrong) => {
  const message = expect.stringContaining(field) as string;
  await expect(start({ accounts: [{ ...main, ...wrong }] })).rejects.toMatchObject({ code: "bad_option", message });
  await expect(start({ accounts: [main, { ...spare, clientCode: main.clientCode }] })).rejects.toMatchObject({
    code: "bad_option",
  });
  // @ts-expect-error a program without types may still ask for it
  await expect(start({ scenarios: [{ account: "main", scenario: { name: "unheard-of" } }] })).rejects.toMatchObject({
    code: "unknown_scenario",
  });
});
