import { describe, expect, it } from "vitest";
import { authorize, serves } from "./authorize.ts";
import { accessToken, account, refusalOf, scripted, sessionOf } from "./testing/test-environment.ts";

describe("a request of a session", () => {
  it("goes to the API host with the version and one header of key and token", () => {
    const { client, context } = scripted();
    const { origin, headers } = authorize(sessionOf(context), { path: "/orders" }, client);
    expect(origin).toBe("https://api.kite.trade");
    expect(headers).toStrictEqual({ "x-kite-version": "3", authorization: `token ${account.apiKey}:${accessToken}` });
    expect(Object.isFrozen(headers)).toBe(true);
  });

  it("has no purposes", async () => {
    const { client, context } = scripted();
    const error = await refusalOf(() => authorize(sessionOf(context), { path: "/", purpose: "quotes" }, client));
    expect(error).toMatchObject({ code: "configuration", field: "purpose" });
  });
});

it.each([
  ["https://api.kite.trade/orders", true],
  ["https://api.kite.trade:8443/orders", false],
  ["http://api.kite.trade/orders", false],
  ["https://kite.zerodha.com/oms", false],
  ["https://api.kite.trade.example.net/", false],
  ["nowhere", false],
])("serves %s: %s", (address, expected) => {
  expect(serves(address, scripted().client)).toBe(expected);
});
