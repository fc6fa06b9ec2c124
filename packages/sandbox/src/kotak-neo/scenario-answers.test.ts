import { describe, expect, test } from "vitest";
import { type KotakNeoSandbox, startKotakNeoSandbox } from "./sandbox.ts";
import { get, logIn, sendLogin, sendValidate, stoppedClock, tradeHeaders } from "./plain-client.ts";

const start = (): Promise<KotakNeoSandbox> => startKotakNeoSandbox({ clock: stoppedClock() });

const EMPTY = { stat: "Ok", stCode: 200, data: [] };

const ORDERS = "/quick/user/orders";

describe("strange successes", () => {
  test.each([
    ["foreign", "https://trading.example.net"],
    ["look-alike", "https://e21.evilkotaksecurities.com"],
    ["http", "http://e21.kotaksecurities.com"],
    ["ip", "https://203.0.113.99"],
    ["user-info", "https://e21.kotaksecurities.com@trading.example.net"],
    ["port", "https://e21.kotaksecurities.com:8443"],
    ["elsewhere", "http://127.0.0.1:9"],
  ])("bad-base-url %s is %s", async (kind, baseUrl) => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "bad-base-url", kind, times: 1 });
    expect((await logIn(sandbox))["baseUrl"]).toBe(baseUrl);
    expect((await logIn(sandbox))["baseUrl"]).toBe(sandbox.tradingUrl);
  });

  test("bad-base-url can stand in feedUrl or rtUrl, and be any text", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "bad-base-url", field: "rtUrl", url: "javascript:0" });
    expect(await logIn(sandbox)).toMatchObject({ baseUrl: sandbox.tradingUrl, rtUrl: "javascript:0" });
  });

  test("no-base-url leaves the hosts out; trailing-slash ends baseUrl in a slash every time", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "no-base-url", times: 1 });
    const bare = await logIn(sandbox);
    for (const name of ["baseUrl", "feedUrl", "rtUrl"]) expect(bare).not.toHaveProperty(name);
    sandbox.setScenario("hedge", { name: "trailing-slash" });
    for (const _ of [1, 2]) expect((await logIn(sandbox))["baseUrl"]).toBe(`${sandbox.tradingUrl}/`);
  });

  test("extra-fields adds what nobody knows", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "extra-fields" });
    const session = await logIn(sandbox);
    expect(session).toMatchObject({
      kType: "Trade",
      hsServerId: "server4",
      unheardOf: { nested: [1, { deep: null }] },
    });
    expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toEqual(EMPTY);
  });

  test("wrong-ktype says View at call 2 only", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "wrong-ktype", times: 1 });
    expect((await logIn(sandbox))["kType"]).toBe("View");
    expect((await logIn(sandbox))["kType"]).toBe("Trade");
  });

  test("no-token is a 200 without a token and without an error, or with nothing at all", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "no-token", times: 1 });
    const answer = await sendLogin(sandbox);
    expect(answer.status).toBe(200);
    expect(answer.data).toMatchObject({ status: "success", kType: "View" });
    expect(answer.data).not.toHaveProperty("token");
    sandbox.setScenario("hedge", { name: "no-token", field: "sid", times: 1 });
    expect((await sendLogin(sandbox)).data).not.toHaveProperty("sid");
    sandbox.setScenario("hedge", { name: "no-token", bare: true, step: "validate", times: 1 });
    expect((await sendValidate(sandbox, (await sendLogin(sandbox)).data)).body).toEqual({});
  });

  test("wrong-type puts a number where a text belongs", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "wrong-type", step: "validate", times: 1 });
    expect((await logIn(sandbox))["token"]).toBe(1_234_567);
    sandbox.setScenario("hedge", { name: "wrong-type", step: "validate", field: "baseUrl", times: 1 });
    expect((await logIn(sandbox))["baseUrl"]).toBe(1_234_567);
  });

  test("proto-keys hides token and sid under __proto__ and constructor", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "proto-keys", times: 1 });
    const { text: raw, data } = await sendLogin(sandbox);
    expect(raw).toContain('"__proto__":{"polluted":true}');
    expect(Object.keys(data)).toEqual(expect.arrayContaining(["__proto__", "constructor", "kType"]));
    expect(Object.hasOwn(data, "token") || Object.hasOwn(data, "sid")).toBe(false);
  });
});
