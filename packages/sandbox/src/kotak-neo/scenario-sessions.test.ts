import { describe, expect, test } from "vitest";
import { type KotakNeoSandbox, startKotakNeoSandbox } from "./sandbox.ts";
import { get, hedge, logIn, placeOrder, sendLogin, stoppedClock, text, tradeHeaders } from "./plain-client.ts";

const start = (): Promise<KotakNeoSandbox> => startKotakNeoSandbox({ clock: stoppedClock() });

const DEAD = { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" };

const EMPTY = { stat: "Ok", stCode: 200, data: [] };

const ORDERS = "/quick/user/orders";

describe("the end of a session", () => {
  test.each([
    [100_022, 200, { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" }],
    [1003, 200, { stat: "Not_Ok", stCode: 1003, errMsg: "Invalid session" }],
    ["nested", 200, { data: DEAD }],
    ["stcode-401", 200, { stat: "Not_Ok", stCode: 401, message: "Expired session" }],
    ["stcode-403", 200, { stat: "Not_Ok", stCode: 403, message: "Expired session" }],
    ["http-401", 401, { stat: "Not_Ok", stCode: 401, message: "Expired session" }],
    ["http-403", 403, undefined],
    ["10020", 401, { stat: "Not_Ok", error: [{ code: "10020", message: "Invalid session" }], tid: "server-0000-0001" }],
  ])("session-expired can be told as %s, again and again", async (form, status, body) => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    sandbox.setScenario("hedge", { name: "session-expired", form, times: 1 });
    for (const _ of [1, 2]) {
      const answer = await get(sandbox, ORDERS, tradeHeaders(session));
      expect(answer.status).toBe(status);
      expect(answer.body).toEqual(body);
    }
    expect((await get(sandbox, ORDERS, tradeHeaders(await logIn(sandbox)))).body).toEqual(EMPTY);
  });

  test("session-expired ends the session that calls, not its sister; an order is not taken", async () => {
    await using sandbox = await start();
    const [first, second] = [await logIn(sandbox), await logIn(sandbox)];
    sandbox.setScenario("hedge", { name: "session-expired", times: 1 });
    expect((await placeOrder(sandbox, first)).body).toEqual(DEAD);
    expect((await get(sandbox, ORDERS, tradeHeaders(second))).body).toEqual(EMPTY);
  });

  test("without a number of times every session ends at its first call", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "session-expired" });
    for (const _ of [1, 2]) expect((await get(sandbox, ORDERS, tradeHeaders(await logIn(sandbox)))).body).toEqual(DEAD);
  });

  test("midnight moves the clock to 00:00 IST and ends every session", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    sandbox.setScenario("*", { name: "midnight" });
    expect(sandbox.clock.now()).toBe(Date.UTC(2031, 2, 2, 18, 30));
    expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toEqual(DEAD);
    expect((await get(sandbox, ORDERS, tradeHeaders(await logIn(sandbox)))).body).toEqual(EMPTY);
  });

  test("session-replaced is a login elsewhere that ends all others", async () => {
    await using sandbox = await start();
    const [first, second] = [await logIn(sandbox), await logIn(sandbox)];
    sandbox.setScenario("hedge", { name: "session-replaced", times: 1 });
    expect((await get(sandbox, ORDERS, tradeHeaders(first))).body).toEqual(DEAD);
    expect((await get(sandbox, ORDERS, tradeHeaders(second))).body).toEqual(DEAD);
    expect(sandbox.journal.count({ outcome: "refused: session-replaced" })).toBe(2);
    expect((await get(sandbox, ORDERS, tradeHeaders(await logIn(sandbox)))).body).toEqual(EMPTY);
  });

  test("token-reset kills the session and then the old access token", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    sandbox.setScenario("hedge", { name: "token-reset", times: 1 });
    expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toEqual(DEAD);
    expect((await sendLogin(sandbox)).body).toEqual({
      error: [{ code: "401", message: `Consumer key ${hedge.accessToken} does not exist` }],
    });
    const accessToken = text(sandbox.accounts()[0]?.["accessToken"]);
    expect((await sendLogin(sandbox, { account: { ...hedge, accessToken } })).status).toBe(200);
  });
});
