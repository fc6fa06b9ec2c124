import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { readJwtClaims } from "../jwt.ts";
import { startKotakNeoSandbox } from "./sandbox.ts";
import {
  MORNING,
  call,
  hedge,
  logIn,
  sendLogin,
  sendValidate,
  stoppedClock,
  text,
  tradeHeaders,
} from "./plain-client.ts";

const start = (): ReturnType<typeof startKotakNeoSandbox> => startKotakNeoSandbox({ clock: stoppedClock() });

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe("success", () => {
  test("two calls make a session, and only the second set is a trading set", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox);
    expect(view.status).toBe(200);
    expect(view.data).toMatchObject({
      isUserPwdExpired: false,
      ucc: "XY42Z",
      greetingName: "TEST USER",
      dataCenter: "E21",
      dormancyStatus: "A",
      kId: "ABCDE1234F",
      kType: "View",
      status: "success",
      dataCenterMap: null,
    });
    expect(view.data).not.toHaveProperty("baseUrl");
    expect(view.data["sid"]).toMatch(UUID);
    expect(text(view.data["derivativesRiskDisclosure"]).length).toBeGreaterThan(2000);

    const trade = await sendValidate(sandbox, view.data);
    expect(trade.status).toBe(200);
    expect(trade.data).toMatchObject({ kType: "Trade", ucc: "XY42Z", baseUrl: sandbox.tradingUrl });
    expect(trade.data["feedUrl"]).toBe(`${sandbox.tradingUrl}/apifeed`);
    expect(trade.data["rtUrl"]).toBe(`${sandbox.tradingUrl}/realtime`);
    expect(trade.data["token"]).not.toBe(view.data["token"]);
    expect(trade.data["sid"]).not.toBe(view.data["sid"]);
    expect(sandbox.tradingUrl).not.toBe(sandbox.loginUrl);
  });

  test("the paths of the original document lead to the same calls", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox, { path: "/login/1.0/login/v6/totp/login" });
    const trade = await sendValidate(sandbox, view.data, { path: "/login/1.0/login/v6/totp/validate" });
    expect(trade.data["kType"]).toBe("Trade");
  });

  test("baseUrl has no slash at its end, as public clients join it with one of their own", async () => {
    await using sandbox = await start();
    for (const _ of [1, 2, 3]) expect((await logIn(sandbox))["baseUrl"]).toBe(sandbox.tradingUrl);
  });

  test("both tokens are JWTs with the claims of the broker, an invented PAN among them, and end at 00:00 IST", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox);
    const trade = await sendValidate(sandbox, view.data);
    const viewClaims = readJwtClaims(text(view.data["token"]));
    const tradeClaims = readJwtClaims(text(trade.data["token"]));
    expect(viewClaims).toMatchObject({
      scope: ["View"],
      exp: Date.UTC(2031, 2, 2, 18, 30) / 1000,
      iat: (MORNING + 30_000) / 1000,
    });
    expect(tradeClaims).toMatchObject({
      scope: ["Trade"],
      exp: Date.UTC(2031, 2, 2, 18, 30) / 1000,
      ucc: "XY42Z",
      nap: "ABCDE1234F",
    });
    expect(tradeClaims?.["jti"]).not.toBe(viewClaims?.["jti"]);
    const [header = ""] = text(trade.data["token"]).split(".");
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toEqual({ alg: "RS256", typ: "JWT" });
  });

  test("several sessions live at once", async () => {
    await using sandbox = await start();
    const sessions = [await logIn(sandbox), await logIn(sandbox)];
    for (const session of sessions) {
      const answer = await call(`${sandbox.tradingUrl}/quick/user/orders`, { headers: tradeHeaders(session) });
      expect(answer.body).toEqual({ stat: "Ok", stCode: 200, data: [] });
    }
  });

  test("header names are case-insensitive", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox);
    const headers = {
      AUTHORIZATION: hedge.accessToken,
      "Neo-Fin-Key": "neotradeapi",
      "CONTENT-TYPE": "application/json; charset=utf-8",
      SID: text(view.data["sid"]),
      AUTH: text(view.data["token"]),
    };
    const status = await new Promise((resolve) => {
      const sent = request(
        `${sandbox.loginUrl}/login/1.0/tradeApiValidate`,
        { method: "POST", headers },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sent.end(JSON.stringify({ mpin: hedge.mpin }));
    });
    expect(status).toBe(200);
    expect(sandbox.journal.count({ step: "validate", outcome: "accepted" })).toBe(1);
  });
});

describe("which generation of paths", () => {
  test.each([
    ["trade-api", "/login/1.0/login/v6/totp/login", "/login/1.0/tradeApiLogin"],
    ["totp-v6", "/login/1.0/tradeApiLogin", "/login/1.0/login/v6/totp/login"],
  ] as const)("with %s only, %s is not there", async (api, absent, present) => {
    await using sandbox = await startKotakNeoSandbox({ clock: stoppedClock(), api });
    expect((await sendLogin(sandbox, { path: absent })).status).toBe(404);
    expect((await sendLogin(sandbox, { path: present })).status).toBe(200);
  });

  test("a wrong method is 405", async () => {
    await using sandbox = await start();
    const answer = await call(`${sandbox.loginUrl}/login/1.0/tradeApiLogin`);
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("POST");
  });
});
