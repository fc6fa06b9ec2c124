import { request } from "node:http";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../json.ts";
import { startKotakNeoSandbox } from "./sandbox.ts";
import {
  call,
  get,
  hedge,
  logIn,
  placeOrder,
  sendForm,
  sendLogin,
  stoppedClock,
  text,
  tradeHeaders,
} from "./plain-client.ts";

const start = (): ReturnType<typeof startKotakNeoSandbox> => startKotakNeoSandbox({ clock: stoppedClock() });

const DEAD = { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" };

const EMPTY = { stat: "Ok", stCode: 200, data: [] };

const ORDERS = "/quick/user/orders";

const ask = (loginUrl: string, headers: Headers): ReturnType<typeof call> =>
  call(`${loginUrl}/login/1.0/get-client-ip`, { headers });

describe("rule 9: addresses", () => {
  const UNLISTED = { stCode: 100_008, errMsg: "unauthorized", stat: "Not_Ok" };
  const OTHER = { stCode: 1037, errMsg: "session ip doesnt match with reqest ip", stat: "Not_Ok" };

  test("an order from the listed address of the session is taken and counted", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    const answers = [await placeOrder(sandbox, session), await placeOrder(sandbox, session)];
    expect(answers.map(({ body }) => body)).toEqual([
      { nOrdNo: "310302000000001", stat: "Ok", stCode: 200 },
      { nOrdNo: "310302000000002", stat: "Ok", stCode: 200 },
    ]);
    expect(sandbox.journal.count({ step: "place-order", outcome: "accepted" })).toBe(2);
    const orders = await get(sandbox, ORDERS, tradeHeaders(session));
    expect(orders.body).toMatchObject({ data: [{ nOrdNo: "310302000000001" }, { nOrdNo: "310302000000002" }] });
  });

  test("100008 from an unlisted address, for orders only: reads and logins go on, and so does the session", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    sandbox.setCallerAddress("192.0.2.5");
    const refused = await placeOrder(sandbox, session);
    expect(refused.status).toBe(200);
    expect(refused.body).toEqual(UNLISTED);
    expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toEqual(EMPTY);
    expect((await placeOrder(sandbox, await logIn(sandbox))).body).toEqual(UNLISTED);
    sandbox.setCallerAddress("203.0.113.10");
    expect((await placeOrder(sandbox, session)).body).toMatchObject({ stat: "Ok" });
  });

  test("1037 from a listed address that the session is not from; a new login from there helps", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    sandbox.setListedAddresses("hedge", ["203.0.113.10", "203.0.113.11"]);
    sandbox.setCallerAddress("203.0.113.11");
    expect((await placeOrder(sandbox, session)).body).toEqual(OTHER);
    expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toEqual(EMPTY);
    expect((await placeOrder(sandbox, await logIn(sandbox))).body).toMatchObject({ stat: "Ok" });
  });

  test.each(["/quick/order/vr/modify", "/quick/order/cancel"])("%s is an order call too", async (path) => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    const on: JsonObject = { no: "310302000000001", on: "310302000000001" };
    expect((await sendForm(sandbox, path, tradeHeaders(session), on)).body).toEqual({
      nOrdNo: "310302000000001",
      stat: "Ok",
      stCode: 200,
    });
    sandbox.setCallerAddress("192.0.2.5");
    expect((await sendForm(sandbox, path, tradeHeaders(session), on)).body).toEqual(UNLISTED);
  });

  test("an order with a dead session is refused for the session, and an order as JSON for the form", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    const headers = tradeHeaders(session, { "content-type": "application/json" });
    const json = await call(`${sandbox.tradingUrl}/quick/order/rule/ms/place`, { method: "POST", headers, body: "{}" });
    expect(json.body).toMatchObject({ stat: "Not_Ok", stCode: 1004 });
    sandbox.setScenario("*", { name: "midnight" });
    expect((await placeOrder(sandbox, session)).body).toEqual(DEAD);
    expect(sandbox.journal.count({ step: "place-order", outcome: "accepted" })).toBe(0);
  });

  test("a process can have an address of its own by the loopback address it calls from", async () => {
    await using sandbox = await start();
    sandbox.setCallerAddress("192.0.2.5", "127.0.0.2");
    const session = await logIn(sandbox);
    const headers = { auth: text(session["token"]), sid: text(session["sid"]), authorization: hedge.accessToken };
    const seen = (localAddress: string): Promise<unknown> =>
      new Promise((resolve) => {
        const sent = request(`${sandbox.loginUrl}/login/1.0/get-client-ip`, { localAddress, headers }, (response) => {
          response.setEncoding("utf8").on("data", (chunk: string) => resolve(JSON.parse(chunk)));
        });
        sent.end();
      });
    expect(await seen("127.0.0.1")).toMatchObject({ data: [{ ip: "203.0.113.10" }] });
    expect(await seen("127.0.0.2")).toMatchObject({ data: [{ ip: "192.0.2.5" }] });
  });
});

describe("get-client-ip", () => {
  test("shows the address and the time in India", async () => {
    await using sandbox = await start();
    const headers = tradeHeaders(await logIn(sandbox), { authorization: hedge.accessToken, "neo-fin-key": undefined });
    expect((await ask(sandbox.loginUrl, headers)).body).toEqual({
      data: [{ ip: "203.0.113.10", time: "2031-03-02 10:00:30.000" }],
      stCode: 1000,
      status: "success",
    });
  });

  test("refuses a dead session, a view pair, a missing header and a wrong access token", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox);
    const session = await logIn(sandbox);
    const authorization = hedge.accessToken;
    expect((await ask(sandbox.loginUrl, tradeHeaders(view.data, { authorization }))).body).toEqual(DEAD);
    expect((await ask(sandbox.loginUrl, tradeHeaders(session))).status).toBe(400);
    expect((await ask(sandbox.loginUrl, tradeHeaders(session, { authorization, sid: undefined }))).status).toBe(400);
    expect(
      (await ask(sandbox.loginUrl, tradeHeaders(session, { authorization: `Bearer ${authorization}` }))).status,
    ).toBe(401);
    sandbox.setScenario("*", { name: "midnight" });
    expect((await ask(sandbox.loginUrl, tradeHeaders(session, { authorization }))).body).toEqual(DEAD);
  });
});
