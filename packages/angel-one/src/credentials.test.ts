import { inspect } from "node:util";
import { Secret } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { type AngelOneAccount, fields } from "./credentials.ts";
import { angelOne } from "./provider.ts";
import { account, attended, refusalOf } from "./testing/scripted-broker.ts";

const parse = (input: object) => angelOne().parseCredentials(input as AngelOneAccount);
const identityOf = (changes: object) => angelOne().identify(parse({ ...account, ...changes }));

describe("an account", () => {
  it("is normalised once: spaces, quotes, a Secret and the case of the code do not make another one", () => {
    const own = identityOf({});
    const others = [
      { clientCode: ` ${account.clientCode.toLowerCase()}\n` },
      { pin: ` "${account.pin}" ` },
      { apiKey: new Secret(account.apiKey), totpSecret: account.totpSecret.toLowerCase() },
      { environment: "production", baseUrl: "https://apiconnect.angelone.in/" },
    ];
    expect(own).toMatchObject({ environment: "production", asks: [] });
    for (const changes of others) expect(identityOf(changes)).toStrictEqual(own);
  });

  it("is another one with another customer, another app or another address", () => {
    const sandbox = { environment: "sandbox", baseUrl: "http://127.0.0.1:1" };
    for (const changes of [{ clientCode: "T100008" }, { apiKey: "aB3demo8" }, sandbox])
      expect(identityOf(changes).identity).not.toBe(identityOf({}).identity);
  });

  it("is the same one with another PIN or secret, and what was refused is a new credential once anything it is judged with is corrected", () => {
    for (const changes of [{ pin: "0738" }, { totpSecret: "ANGELADAPTERTESTACCOUNTSECRET235" }]) {
      const changed = identityOf(changes);
      expect(changed.identity).toBe(identityOf({}).identity);
      expect(changed.factors.totp?.reveal()).not.toBe(identityOf({}).factors.totp?.reveal());
    }
    expect(identityOf({ apiKey: "aB3demo8" }).factors.totp?.reveal()).not.toBe(identityOf({}).factors.totp?.reveal());
    expect(identityOf({ apiKey: "aB3demo8" }).factors.mpin?.reveal()).toBe(identityOf({}).factors.mpin?.reveal());
  });

  it("asks for the code where no source of it is configured", () => {
    const provider = angelOne();
    expect(provider.identify(parse(attended))).toMatchObject({ asks: ["totp"] });
    expect(provider.identify(parse({ ...attended, totpCode: () => "012345" }))).toMatchObject({ asks: [] });
  });

  it.each<[string, object]>([
    ["apiKey", { apiKey: "canary b" }],
    ["apiKey", { apiKey: undefined }],
    ["clientCode", { clientCode: "canary@example.com" }],
    ["clientCode", { clientCode: "canary 1" }],
    ["clientCode", { clientCode: "" }],
    ["pin", { pin: undefined }],
    ["pin", { pin: "canary" }],
    ["pin", { pin: "246810" }],
    ["pin", { pin: 739 }],
    ["totpSecret", { totpSecret: "canary!" }],
    ["totpCode", { totpCode: () => "012345" }],
    ["environment", { environment: "uat" }],
    ["baseUrl", { environment: "sandbox" }],
    ["baseUrl", { environment: "sandbox", baseUrl: "https://canary.example.com" }],
    ["baseUrl", { baseUrl: "http://127.0.0.1:1" }],
    ["password", { password: "canary" }],
    ["mpin", { mpin: "0739" }],
  ])("with a wrong %s is refused, without its value: %j", async (field, change) => {
    const error = await refusalOf(() => parse({ ...account, ...change }));
    expect(error).toMatchObject({ code: "configuration", field });
    expect(error.message).not.toMatch(/canary|246810/);
  });

  it("shows nothing of itself by printing", () => {
    const shown = inspect(parse(account), { depth: 9 }) + JSON.stringify(parse(account));
    for (const value of Object.values(account)) expect(shown).not.toContain(value);
  });

  it("describes every field that a file can hold", () => {
    const names = ["apiKey", "clientCode", "pin", "totpSecret", "environment", "baseUrl"];
    expect(Object.keys(fields)).toStrictEqual(names);
    expect(fields.baseUrl.env).toBe(false);
  });
});
