import { describe, expect, it } from "vitest";
import { authorize } from "./authorize.ts";
import { tradeSid, tradeToken } from "./testing/answers.ts";
import { account, clientFor, sessionWith } from "./testing/scripted-broker.ts";

describe("headers of a session", () => {
  it("are the trade pair and the key, for the session's trading host", () => {
    expect(authorize(sessionWith(), { path: "/quick/user/orders" }, clientFor())).toStrictEqual({
      origin: "https://e21.kotaksecurities.com",
      headers: { auth: tradeToken, sid: tradeSid, "neo-fin-key": "neotradeapi" },
    });
  });

  it.each([
    ["by purpose", { path: "/", purpose: "quotes" }],
    ["by path", { path: "/script-details/1.0/masterscrip/file-paths" }],
    ["by both", { path: "/script-details/1.0/quotes/neosymbol/nse_cm|11536/all", purpose: "quotes" }],
  ])("are the access token alone for quotes, told %s", (_, request) => {
    expect(authorize(sessionWith(), request, clientFor())).toStrictEqual({
      origin: "https://e21.kotaksecurities.com",
      headers: { authorization: account.accessToken },
    });
  });

  it("are frozen", () => {
    const authorization = authorize(sessionWith(), { path: "/" }, clientFor());
    expect(Object.isFrozen(authorization)).toBe(true);
    expect(Object.isFrozen(authorization.headers)).toBe(true);
  });

  it("carry the partner's key where one is configured", () => {
    const { headers } = authorize(sessionWith(), { path: "/" }, clientFor(account, { neoFinKey: "partner-key" }));
    expect(headers["neo-fin-key"]).toBe("partner-key");
  });

  it("are refused for an unknown purpose", () => {
    expect(() => authorize(sessionWith(), { path: "/", purpose: "orders" }, clientFor())).toThrow(
      expect.objectContaining({ code: "configuration", field: "purpose" }) as Error,
    );
  });

  it.each([["https://trading.example.net"], ["http://e21.kotaksecurities.com"], ["http://127.0.0.1:9001"]])(
    "are not handed out for the stored address %s",
    (baseUrl) => {
      expect(() => authorize(sessionWith({ baseUrl }), { path: "/" }, clientFor())).toThrow(
        expect.objectContaining({ code: "protocol_error" }) as Error,
      );
    },
  );
});
