import { describe, expect, test } from "vitest";
import type { ZerodhaSandboxOptions } from "./options.ts";
import { call, get, headersOf, logIn, main, spare, stoppedClock } from "./plain-client.ts";
import { startZerodhaSandbox } from "./sandbox.ts";

const start = (options: ZerodhaSandboxOptions = {}) => startZerodhaSandbox({ clock: stoppedClock(), ...options });
const dead = { status: 403, body: { error_type: "TokenException", message: "Incorrect `api_key` or `access_token`." } };

test.each([
  ["no Authorization", {}],
  ["another scheme", { Authorization: "Bearer TOKEN" }],
  ["the token alone", { Authorization: "token TOKEN" }],
  ["another app's key", { Authorization: "token ZZ7demo0apikey01:TOKEN" }],
  ["a token that never was", { Authorization: `token ${main.apiKey}:nothing` }],
])("%s opens nothing", async (_, headers) => {
  await using sandbox = await start();
  const token = await logIn(sandbox);
  const given = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace("TOKEN", token)]),
  );
  const sent = await call(`${sandbox.url}/user/profile`, { headers: { "X-Kite-Version": "3", ...given } });
  expect(sent).toMatchObject(dead);
});

describe("a session", () => {
  test("ends at 06:00 IST of the next day, and one of the small hours at 06:00 of the same", async () => {
    await using sandbox = await start();
    for (const [mintedAt, end] of [
      [Date.UTC(2031, 2, 3, 4, 0), Date.UTC(2031, 2, 4, 0, 30)],
      [Date.UTC(2031, 2, 3, 20, 0), Date.UTC(2031, 2, 4, 0, 30)],
    ] as const) {
      sandbox.clock.set(mintedAt);
      const token = await logIn(sandbox);
      sandbox.clock.set(end - 1);
      expect((await get(sandbox, "/user/profile", token)).status).toBe(200);
      sandbox.clock.set(end);
      expect(await get(sandbox, "/user/profile", token)).toMatchObject(dead);
    }
    expect(sandbox.journal.entries({ outcome: "refused: session-cutoff" })).toHaveLength(2);
  });

  test("scenario cutoff moves the clock there at once", async () => {
    await using sandbox = await start();
    const token = await logIn(sandbox);
    sandbox.setScenario("main", { name: "cutoff" });
    expect(sandbox.clock.now()).toBe(Date.UTC(2031, 2, 4, 0, 30));
    expect(await get(sandbox, "/user/profile", token)).toMatchObject(dead);
    expect(sandbox.scenarios.list()).toEqual([]);
  });

  test("ends by a logout with the token in the query, once", async () => {
    await using sandbox = await start();
    const token = await logIn(sandbox);
    const other = await logIn(sandbox, spare);
    const url = `${sandbox.url}/session/token?api_key=${main.apiKey}&access_token=${token}`;
    const logout = () => call(url, { method: "DELETE", headers: headersOf(token) });
    expect((await logout()).body).toEqual({ status: "success", data: true });
    expect(await get(sandbox, "/user/profile", token)).toMatchObject(dead);
    expect(await logout()).toMatchObject(dead);
    expect((await get(sandbox, "/user/profile", other)).data["user_id"]).toBe(spare.userId);
    const bare = await call(`${sandbox.url}/session/token`, { method: "DELETE", headers: headersOf(token) });
    expect(bare.status).toBe(400);
  });

  test("ends by a master logout and by a login on another device", async () => {
    await using sandbox = await start();
    const first = await logIn(sandbox);
    sandbox.masterLogout("main");
    expect(await get(sandbox, "/user/profile", first)).toMatchObject(dead);
    const second = await logIn(sandbox);
    sandbox.otherDeviceLogin("main");
    expect(await get(sandbox, "/user/profile", second)).toMatchObject(dead);
    expect(sandbox.journal.entries({ outcome: "refused" }).map(({ outcome }) => outcome)).toEqual([
      "refused: session-master-logout",
      "refused: session-replaced",
    ]);
  });

  test.each(["session-expired", "session-replaced"] as const)("%s ends it at its next call", async (name) => {
    await using sandbox = await start();
    const token = await logIn(sandbox);
    sandbox.setScenario("main", { name, times: 1 });
    expect(await get(sandbox, "/orders", token)).toMatchObject(dead);
    expect(await get(sandbox, "/orders", token)).toMatchObject(dead);
  });

  test.each([
    ["credentials", { body: { error_type: "TokenException", message: "Invalid session credentials" } }],
    ["empty", { text: "" }],
    ["html", { text: expect.stringContaining("<html>") }],
  ])("may be said to be over in the form %s", async (form, answer) => {
    await using sandbox = await start();
    const token = await logIn(sandbox);
    sandbox.setScenario("main", { name: "session-expired", form });
    expect(await get(sandbox, "/orders", token)).toMatchObject({ status: 403, ...answer });
  });
});

describe("refusals that leave the session alive", () => {
  test.each([
    ["permission", 403, { error_type: "PermissionException" }],
    ["forbidden", 403, {}],
    ["ip-not-allowed", 403, { message: expect.stringMatching(/^IP \(.+\) is not allowed$/) }],
    ["success-with-exception", 200, { error_type: "TokenException" }],
    ["empty-success", 200, {}],
    ["rate-limit", 429, { error_type: "NetworkException" }],
    ["server-error", 500, { error_type: "GeneralException" }],
    ["echo-secrets", 400, { message: expect.stringContaining("token ") }],
  ] as const)("%s", async (name, status, body) => {
    await using sandbox = await start();
    const token = await logIn(sandbox);
    sandbox.setScenario("main", { name, times: 1 });
    const sent = await get(sandbox, "/orders", token);
    expect(sent.status).toBe(status);
    expect(sent.body).toMatchObject(body);
    expect((await get(sandbox, "/orders", token)).status).toBe(200);
  });

  test("the free plan has no market data, and all the rest", async () => {
    await using sandbox = await start({ accounts: [{ ...main, plan: "personal" }] });
    const token = await logIn(sandbox);
    expect(await get(sandbox, "/quote/ltp?i=NSE:INVENTED", token)).toMatchObject({
      status: 403,
      body: { error_type: "PermissionException", message: "Insufficient permission for that call." },
    });
    expect((await get(sandbox, "/portfolio/holdings", token)).status).toBe(200);
  });

  test("an order from an address that is not listed is refused, a read is not", async () => {
    await using sandbox = await start();
    const token = await logIn(sandbox);
    const order = () =>
      call(`${sandbox.url}/orders/regular`, {
        method: "POST",
        headers: headersOf(token),
        body: new URLSearchParams({ tradingsymbol: "INVENTED", quantity: "1" }),
      });
    sandbox.setCallerAddress("198.51.100.4");
    expect((await order()).body["message"]).toBe("IP (198.51.100.4) is not allowed");
    expect((await get(sandbox, "/orders", token)).status).toBe(200);
    sandbox.setListedAddresses("main", ["198.51.100.4"]);
    expect((await order()).data).toEqual({ order_id: "310303000000001" });
    expect((await get(sandbox, "/orders", token)).body["data"]).toEqual([
      { order_id: "310303000000001", status: "OPEN" },
    ]);
  });
});

test("a path or a method that is not there is told apart", async () => {
  await using sandbox = await start();
  const token = await logIn(sandbox);
  expect((await get(sandbox, "/nothing", token)).status).toBe(404);
  expect((await get(sandbox, "/orders/", token)).status).toBe(404);
  const put = await call(`${sandbox.url}/user/profile`, { method: "PUT", headers: headersOf(token) });
  expect(put.status).toBe(405);
});

test("the access token in another call's query is noted: it does not belong there", async () => {
  await using sandbox = await start();
  const token = await logIn(sandbox);
  await get(sandbox, `/orders?access_token=${token}`, token);
  expect(sandbox.journal.entries({ step: "orders" })[0]?.notes).toEqual(["the access token in the query on orders"]);
});
