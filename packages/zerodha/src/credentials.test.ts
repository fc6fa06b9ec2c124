import { inspect } from "node:util";
import { Secret } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { fields, type ZerodhaAccount } from "./credentials.ts";
import { zerodha } from "./provider.ts";
import { account, refusalOf } from "./testing/test-environment.ts";

const parse = (input: object) => zerodha().parseCredentials(input as ZerodhaAccount);

describe("an account", () => {
  it("is normalised once: spaces, quotes, a Secret and the case of the id do not make another one", () => {
    const provider = zerodha();
    const others = [
      { ...account, userId: ` ${account.userId.toLowerCase()}\n` },
      { ...account, apiKey: new Secret(`"${account.apiKey}"`) },
      { ...account, environment: "production", baseUrl: "https://api.kite.trade/" },
    ];
    const own = provider.identify(parse(account));
    expect(own).toMatchObject({ environment: "production", factors: {}, asks: ["redirect"] });
    for (const other of others) expect(provider.identify(parse(other))).toStrictEqual(own);
  });

  it("is another one with another customer, another app or another address, and not with another secret", () => {
    const provider = zerodha();
    const identity = (changes: object) => provider.identify(parse({ ...account, ...changes })).identity;
    const sandbox = { environment: "sandbox", baseUrl: "http://127.0.0.1:1" };
    for (const changes of [{ userId: "ZK9020" }, { apiKey: "another0apikey01" }, sandbox])
      expect(identity(changes)).not.toBe(identity({}));
    expect(identity({ apiSecret: "another0secret" })).toBe(identity({}));
  });

  it("has page, API and socket at one address in the sandbox, each at its own else", () => {
    expect(parse({ ...account, environment: "sandbox", baseUrl: "http://127.0.0.1:8081/" })).toMatchObject({
      baseUrl: "http://127.0.0.1:8081",
      loginOrigin: "http://127.0.0.1:8081",
      socketOrigin: "ws://127.0.0.1:8081",
    });
    expect(parse(account)).toMatchObject({
      baseUrl: "https://api.kite.trade",
      loginOrigin: "https://kite.zerodha.com",
      socketOrigin: "wss://ws.kite.trade",
    });
  });

  it.each<[string, object]>([
    ["apiKey", { apiKey: "canary:b" }],
    ["apiKey", { apiKey: undefined }],
    ["apiKey", { apiKey: 12_345 }],
    ["apiSecret", { apiSecret: "" }],
    ["apiSecret", { apiSecret: "canary b" }],
    ["userId", { userId: "canary 1234" }],
    ["userId", { userId: "" }],
    ["environment", { environment: "uat" }],
    ["baseUrl", { environment: "sandbox" }],
    ["baseUrl", { environment: "sandbox", baseUrl: "https://canary.example.com" }],
    ["baseUrl", { baseUrl: "http://127.0.0.1:1" }],
    ["password", { password: "canary" }],
    ["totpSecret", { totpSecret: "canary" }],
  ])("with a wrong %s is refused, without its value: %j", async (field, change) => {
    const error = await refusalOf(() => parse({ ...account, ...change }));
    expect(error).toMatchObject({ code: "configuration", field });
    expect(error.message).not.toContain("canary");
  });

  it("shows nothing of itself by printing", () => {
    const shown = inspect(parse(account), { depth: 9 }) + JSON.stringify(parse(account));
    for (const value of Object.values(account)) expect(shown).not.toContain(value);
  });

  it("describes every field", () => {
    expect(Object.keys(fields)).toStrictEqual(["apiKey", "apiSecret", "userId", "environment", "baseUrl"]);
    expect(fields.baseUrl.env).toBe(false);
  });
});
