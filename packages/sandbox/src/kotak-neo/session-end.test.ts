import { describe, expect, test } from "vitest";
import { startKotakNeoSandbox } from "./sandbox.ts";
import {
  get,
  headersOf,
  hedge,
  logIn,
  sendLogin,
  sendValidate,
  spare,
  stoppedClock,
  tradeHeaders,
} from "./plain-client.ts";

const start = (): ReturnType<typeof startKotakNeoSandbox> => startKotakNeoSandbox({ clock: stoppedClock() });

const DEAD = { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" };

const EMPTY = { stat: "Ok", stCode: 200, data: [] };

const ORDERS = "/quick/user/orders";

const QUOTES = "/script-details/1.0/quotes/neosymbol/nse_cm|11536/ltp";

describe("rule 7: the end of a session", () => {
  test("is 00:00 IST, whatever the time of the login", async () => {
    await using sandbox = await start();
    const early = await logIn(sandbox);
    sandbox.clock.set(Date.UTC(2031, 2, 2, 18, 28));
    const late = await logIn(sandbox);
    sandbox.clock.set(Date.UTC(2031, 2, 2, 18, 29, 59, 999));
    for (const session of [early, late])
      expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toEqual(EMPTY);
    sandbox.clock.set(Date.UTC(2031, 2, 2, 18, 30));
    for (const session of [early, late]) expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toEqual(DEAD);
    expect(sandbox.journal.count({ outcome: "refused: session-midnight" })).toBe(2);
  });

  test("comes at once with a reset of the access token, which itself is dead then", async () => {
    await using sandbox = await start();
    const sessions = [await logIn(sandbox), await logIn(sandbox)];
    const other = await logIn(sandbox, spare);
    const accessToken = sandbox.resetAccessToken("hedge");
    for (const session of sessions) expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toEqual(DEAD);
    expect((await get(sandbox, ORDERS, tradeHeaders(other))).body).toEqual(EMPTY);
    expect((await sendLogin(sandbox)).status).toBe(401);
    expect((await get(sandbox, QUOTES, headersOf({ authorization: hedge.accessToken }))).status).toBe(401);
    const renewed = { ...hedge, accessToken };
    expect((await get(sandbox, ORDERS, tradeHeaders(await logIn(sandbox, renewed)))).body).toEqual(EMPTY);
    expect(sandbox.journal.entries({ outcome: "refused: wrong-access-token" }).map(({ account }) => account)).toEqual([
      "hedge",
      "hedge",
    ]);
  });

  test("a reset takes a waiting view pair with it", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox);
    const account = { ...hedge, accessToken: sandbox.resetAccessToken("hedge") };
    expect((await sendValidate(sandbox, view.data, { account })).body).toMatchObject({ stCode: 100_022 });
  });

  test("comes with a login elsewhere only where logins are exclusive", async () => {
    await using shared = await start();
    const kept = await logIn(shared);
    shared.otherDeviceLogin("hedge");
    expect((await get(shared, ORDERS, tradeHeaders(kept))).body).toEqual(EMPTY);
    shared.otherDeviceLogin("hedge", { endOthers: true });
    expect((await get(shared, ORDERS, tradeHeaders(kept))).body).toEqual(DEAD);

    await using exclusive = await startKotakNeoSandbox({ clock: stoppedClock(), sessions: "exclusive" });
    const [first, second] = [await logIn(exclusive), await logIn(exclusive)];
    expect((await get(exclusive, ORDERS, tradeHeaders(first))).body).toEqual(DEAD);
    expect((await get(exclusive, ORDERS, tradeHeaders(second))).body).toEqual(EMPTY);
    exclusive.otherDeviceLogin("hedge");
    expect((await get(exclusive, ORDERS, tradeHeaders(second))).body).toEqual(DEAD);
  });
});
