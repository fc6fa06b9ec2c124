import { describe, expect, test } from "vitest";
import { startKotakNeoSandbox } from "./sandbox.ts";
import {
  call,
  get,
  headersOf,
  hedge,
  logIn,
  placeOrder,
  sendForm,
  sendLogin,
  spare,
  stoppedClock,
  text,
  tradeHeaders,
} from "./plain-client.ts";

const start = (): ReturnType<typeof startKotakNeoSandbox> => startKotakNeoSandbox({ clock: stoppedClock() });

const DEAD = { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" };

const EMPTY = { stat: "Ok", stCode: 200, data: [] };

const ORDERS = "/quick/user/orders";

const QUOTES = "/script-details/1.0/quotes/neosymbol/nse_cm|11536/ltp";

describe("rule 6: the trade token and the trade sid together", () => {
  test.each(["/quick/user/orders", "/quick/user/positions", "/quick/user/trades", "/portfolio/v1/holdings"])(
    "%s answers a session",
    async (path) => {
      await using sandbox = await start();
      const answer = await get(sandbox, path, tradeHeaders(await logIn(sandbox)));
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual(EMPTY);
    },
  );

  test("limits take their question as a form", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    const answer = await sendForm(sandbox, "/quick/user/limits", tradeHeaders(session), {
      seg: "ALL",
      exch: "ALL",
      prod: "ALL",
    });
    expect(answer.body).toMatchObject({ stat: "Ok", stCode: 200, Net: "100000.00" });
  });

  test("the sdk's set of headers is taken: the access token instead of neo-fin-key", async () => {
    await using sandbox = await start();
    const headers = tradeHeaders(await logIn(sandbox), { "neo-fin-key": undefined, authorization: hedge.accessToken });
    expect((await get(sandbox, `${ORDERS}?sId=`, headers)).body).toEqual(EMPTY);
    expect(sandbox.journal.entries({ step: "orders" })[0]?.notes).toEqual(["the sdk's set of headers"]);
  });

  test.each([
    ["Bearer before it", `Bearer ${hedge.accessToken}`],
    ["that of another account", spare.accessToken],
  ])("an access token with %s is refused although it could be left out", async (_, authorization) => {
    await using sandbox = await start();
    const answer = await get(sandbox, ORDERS, tradeHeaders(await logIn(sandbox), { authorization }));
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ error: [{ code: "401", message: `Consumer key ${authorization} does not exist` }] });
  });

  test("reads with Sid and Auth alone are taken, as the sdk sends them; an order without both other headers is not", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    const headers = tradeHeaders(session, { "neo-fin-key": undefined });
    expect((await get(sandbox, ORDERS, headers)).body).toEqual(EMPTY);
    expect((await sendForm(sandbox, "/quick/user/limits", headers, { seg: "ALL" })).body).toMatchObject({ stat: "Ok" });
    expect(sandbox.journal.entries({ step: ["orders", "limits"] }).map(({ notes }) => notes)).toEqual([
      ["Sid and Auth alone"],
      ["Sid and Auth alone"],
    ]);
    const order = await sendForm(sandbox, "/quick/order/rule/ms/place", headers, {});
    expect(order.body).toEqual({ stat: "Not_Ok", stCode: 10_512, emsg: "Required header not found." });
  });

  test("one order is read by its number; a number that is none has no data", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    const placed = (await placeOrder(sandbox, session)).body as { nOrdNo: string };
    expect((await get(sandbox, `${ORDERS}/${placed.nOrdNo}`, tradeHeaders(session))).body).toEqual({
      stat: "Ok",
      stCode: 200,
      data: [{ nOrdNo: placed.nOrdNo, ordSt: "open" }],
    });
    expect((await get(sandbox, `${ORDERS}/1`, tradeHeaders(session))).body).toMatchObject({ stCode: 5203 });
    expect(sandbox.journal.count({ step: "order" })).toBe(2);
  });

  test.each(["auth", "sid"])("a call without %s is refused", async (name) => {
    await using sandbox = await start();
    const answer = await get(sandbox, ORDERS, tradeHeaders(await logIn(sandbox), { [name]: undefined }));
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ stat: "Not_Ok", stCode: 10_512, emsg: "Required header not found." });
  });

  test("another neo-fin-key is refused", async () => {
    await using sandbox = await start();
    const answer = await get(sandbox, ORDERS, tradeHeaders(await logIn(sandbox), { "neo-fin-key": "other" }));
    expect(answer.body).toEqual({ stat: "Not_Ok", stCode: 1004, emsg: "Invalid neo-fin-key" });
  });

  test("a view pair opens nothing", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox);
    const answer = await get(sandbox, ORDERS, tradeHeaders(view.data));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(DEAD);
    expect(sandbox.journal.entries({ step: "orders" })[0]?.outcome).toBe("refused: view-token");
  });

  test("the trade token with the view sid, or with the sid of another session, opens nothing", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox);
    const [first, second] = [await logIn(sandbox), await logIn(sandbox)];
    for (const sid of [view.data["sid"], second["sid"]]) {
      expect((await get(sandbox, ORDERS, tradeHeaders({ token: first["token"], sid }))).body).toEqual(DEAD);
    }
    expect(sandbox.journal.count({ outcome: "refused: mixed-pair" })).toBe(2);
    expect((await get(sandbox, ORDERS, tradeHeaders(first))).body).toEqual(EMPTY);
  });

  test("the token behind Bearer opens nothing", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    expect(
      (await get(sandbox, ORDERS, tradeHeaders(session, { auth: `Bearer ${text(session["token"])}` }))).body,
    ).toEqual(DEAD);
  });

  test("the login host has no trading calls and the trading host no login calls", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    expect((await call(`${sandbox.loginUrl}${ORDERS}`, { headers: tradeHeaders(session) })).status).toBe(404);
    expect((await call(`${sandbox.tradingUrl}/login/1.0/tradeApiLogin`, { method: "POST" })).status).toBe(404);
    expect((await call(`${sandbox.tradingUrl}/login/1.0/get-client-ip`)).status).toBe(404);
  });

  test.each([
    ["application/json", JSON.stringify({ jData: { seg: "ALL" } }), "jData must be sent as a form"],
    ["application/json", JSON.stringify({ seg: "ALL", exch: "ALL", prod: "ALL" }), "jData must be sent as a form"],
    ["application/x-www-form-urlencoded", JSON.stringify({ seg: "ALL" }), "jData is missing or is no JSON object"],
    ["application/x-www-form-urlencoded", "seg=ALL&exch=ALL&prod=ALL", "jData is missing or is no JSON object"],
    ["application/x-www-form-urlencoded", "jData=ALL", "jData is missing or is no JSON object"],
    ["application/x-www-form-urlencoded", "jData=%7B%7D&jData=%7B%7D", "jData is missing or is no JSON object"],
  ])("limits refuse %s %s", async (type, body, emsg) => {
    await using sandbox = await start();
    const headers = tradeHeaders(await logIn(sandbox), { "content-type": type });
    const answer = await call(`${sandbox.tradingUrl}/quick/user/limits`, { method: "POST", headers, body });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ stat: "Not_Ok", stCode: 1004, emsg });
  });
});

describe("quotes and scrip master", () => {
  test("take the access token alone, before and after any session", async () => {
    await using sandbox = await start();
    const headers = headersOf({ authorization: hedge.accessToken });
    const quotes = await get(sandbox, QUOTES, headers);
    expect(quotes.status).toBe(200);
    expect(quotes.body).toEqual([{ exchange_token: "11536", exchange: "nse_cm", ltp: "100.00", last_volume: "0" }]);
    expect((await get(sandbox, "/script-details/1.0/masterscrip/file-paths", headers)).status).toBe(200);
  });

  test("do not look at the session, dead or alive", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    sandbox.setScenario("hedge", { name: "midnight" });
    const dead = tradeHeaders(session, { authorization: hedge.accessToken });
    expect((await get(sandbox, QUOTES, dead)).status).toBe(200);
    expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toEqual(DEAD);
  });

  test.each([undefined, `Bearer ${hedge.accessToken}`, "wrong"])(
    "refuse %s, also with a live session beside it",
    async (authorization) => {
      await using sandbox = await start();
      const answer = await get(sandbox, QUOTES, tradeHeaders(await logIn(sandbox), { authorization }));
      expect(answer.status).toBe(authorization === undefined ? 400 : 401);
    },
  );
});

describe("rule 10: what does not exist", () => {
  test.each([
    ["POST", "/login/1.0/refresh", "refresh"],
    ["POST", "/login/1.0/login/v6/totp/renew", "renew"],
    ["POST", "/login/1.0/logout", "logout"],
    ["GET", "/apim/login/2.0/logout", "logout"],
    ["DELETE", "/login/1.0/tradeApiLogout", "logout"],
  ])("%s %s is 404 and counted", async (method, path, step) => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    for (const url of [sandbox.loginUrl, sandbox.tradingUrl]) {
      expect((await call(`${url}${path}`, { method, headers: tradeHeaders(session) })).status).toBe(404);
    }
    expect(sandbox.journal.count({ step, outcome: "refused: not-found" })).toBe(2);
    expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toEqual(EMPTY);
  });
});
