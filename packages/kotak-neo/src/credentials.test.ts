import { type CredentialField, Secret } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { fields, identify, type KotakNeoAccount, parseCredentials } from "./credentials.ts";
import { parseOptions } from "./options.ts";
import { account, attended, clientFor, refusalOf } from "./testing/scripted-broker.ts";

const settings = parseOptions({});
const parse = (changes: Readonly<Record<string, unknown>>): ReturnType<typeof parseCredentials> =>
  parseCredentials({ ...account, ...changes }, settings);

const totpOf = (changes: Partial<KotakNeoAccount>): string | undefined =>
  identify(clientFor({ ...account, ...changes }).credentials).factors.totp?.reveal();

function authenticator(): string {
  return "012345";
}

const namesOf = (test: (field: CredentialField) => boolean): string[] =>
  Object.entries(fields).flatMap(([name, field]) => (test(field) ? [name] : []));

describe("account input", () => {
  it.each([
    ["9000000007"],
    ["919000000007"],
    ["+919000000007"],
    ["+91 90000 00007"],
    [" +91-9000000007 "],
    ['"9000000007"'],
    ["09000000007"],
  ])("brings the mobile number %s into the one form of the wire", (mobileNumber) => {
    expect(parse({ mobileNumber }).mobileNumber.reveal()).toBe("+919000000007");
  });

  it("takes ten digits that begin with 91 for a number without a country code", () => {
    expect(parse({ mobileNumber: "9123456789" }).mobileNumber.reveal()).toBe("+919123456789");
  });

  it.each([
    [account.accessToken],
    [`Bearer ${account.accessToken}`],
    [`  bearer   ${account.accessToken}\n`],
    [`'${account.accessToken}'`],
    [`"Bearer ${account.accessToken}"`],
  ])("takes the access token %j without its accidental dress", (accessToken) => {
    expect(parse({ accessToken }).accessToken.reveal()).toBe(account.accessToken);
  });

  it("trims the client code and writes it in upper case", () => {
    expect(parse({ ucc: ' "xy42z" ' }).ucc.reveal()).toBe("XY42Z");
  });

  it.each([["1234"], ["12345"], ["004213"]])("takes the MPIN %s as it is, leading zeros included", (mpin) => {
    expect(parse({ mpin }).mpin?.reveal()).toBe(mpin);
  });

  it("takes secrets that are wrapped already", () => {
    expect(parse({ mpin: new Secret(" 482913 ") }).mpin?.reveal()).toBe("482913");
  });

  it("normalises the TOTP secret as authenticator apps show it", () => {
    const totpSecret = "kneo adap tert esta ccou ntse cret 2345";
    expect((parse({ totpSecret }).totp as Secret).reveal()).toBe(account.totpSecret);
  });

  it("keeps a code source as it is", () => {
    expect(parse({ totpSecret: undefined, totpCode: authenticator }).totp).toBe(authenticator);
  });

  it("leaves out what a person will type", () => {
    expect(parseCredentials(attended, settings)).toMatchObject({ mpin: undefined, totp: undefined });
  });

  it.each<[string, unknown]>([
    ["accessToken", undefined],
    ["accessToken", ""],
    ["accessToken", "Bearer "],
    ["accessToken", "Bearer Bearer 5a4db0c5"],
    ["accessToken", "5a4db0c5\n0000"],
    ["accessToken", "5a4db0c5 0000"],
    ["accessToken", "5a4dé"],
    ["accessToken", 5],
    ["mobileNumber", undefined],
    ["mobileNumber", "900000000"],
    ["mobileNumber", "90000000077"],
    ["mobileNumber", "+9190000000"],
    ["mobileNumber", "+449000000007"],
    ["mobileNumber", "009000000007"],
    ["mobileNumber", "9000000oo7"],
    ["mobileNumber", 9_000_000_007],
    ["ucc", undefined],
    ["ucc", "  "],
    ["ucc", "12345678"],
    ["ucc", "X*2Z"],
    ["ucc", 42],
    ["mpin", ""],
    ["mpin", "123"],
    ["mpin", "1234567"],
    ["mpin", "12a4"],
    ["mpin", 482_913],
    ["mpin", null],
    ["totpSecret", "012345"],
    ["totpSecret", "0189!"],
    ["totpSecret", 1],
    ["totpCode", "012345"],
    ["totpCode", () => "012345"],
    ["environment", "uat"],
    ["environment", ""],
    ["loginBaseUrl", "mis.kotaksecurities.com"],
    ["loginBaseUrl", "http://mis.kotaksecurities.com"],
    ["loginBaseUrl", "https://mis.kotaksecurities.com/login"],
    ["loginBaseUrl", "https://user@mis.kotaksecurities.com"],
    ["loginBaseUrl", "http://127.0.0.1:8081"],
    ["Mpin", "482913"],
    ["site", "mumbai"],
  ])("refuses a wrong %s before any request, naming the field and not its value", async (field, value) => {
    const error = await refusalOf(() => parse({ [field]: value }));
    expect(error).toMatchObject({ code: "configuration", broker: "kotak-neo", field });
    expect(error.message).toMatch(new RegExp(`^${field}: `));
    const given = typeof value === "string" && /\d{4}/.test(value) ? value.trim() : "canary";
    expect(JSON.stringify(error)).not.toContain(given);
  });

  it.each([
    ["accessToken", ""],
    ["accessToken", "Bearer "],
    ["mobileNumber", "  "],
    ["ucc", '""'],
    ["mpin", ""],
    ["totpSecret", " "],
    ["environment", ""],
    ["loginBaseUrl", ""],
  ])("says of an empty %s that it is empty, and what to give", async (field, value) => {
    expect((await refusalOf(() => parse({ [field]: value }))).message).toMatch(new RegExp(`^${field}: is empty; \\w`));
  });

  it("names the fields that there are for one that is unknown", async () => {
    const { message } = await refusalOf(() => parse({ pin: "482913" }));
    expect(message).toMatch(/^pin: is not a field .* there are accessToken, mobileNumber, ucc, mpin, .*, totpCode$/);
  });

  it("asks for quotes where an MPIN is a number", async () => {
    const { message } = await refusalOf(() => parse({ mpin: 482_913 }));
    expect(message).toBe("mpin: must be text; put digits in quotes, so that no zero is lost");
  });

  it("tells that a numeric client id is not the client code", async () => {
    const { message } = await refusalOf(() => parse({ ucc: "12345678" }));
    expect(message).toContain("looks like the client id");
  });

  it("does not repeat an unknown field that looks like a value", async () => {
    const error = await refusalOf(() => parse({ "5a4db0c5-secret": "x" }));
    expect(error).toMatchObject({ code: "configuration", field: "account" });
    expect(JSON.stringify(error)).not.toContain("5a4db0c5");
  });

  it.each([[undefined], [null], ["account"], [[]]])("refuses %j in place of an account", async (input) => {
    expect(await refusalOf(() => parseCredentials(input, settings))).toMatchObject({
      code: "configuration",
      field: "account",
    });
  });

  it("takes the sandbox on loopback only, and never without its address", async () => {
    const sandbox = { ...account, environment: "sandbox" } as const;
    expect(clientFor({ ...sandbox, loginBaseUrl: "http://127.0.0.1:8081" }).credentials.baseUrl).toBe(
      "http://127.0.0.1:8081",
    );
    expect(await refusalOf(() => clientFor(sandbox))).toMatchObject({ code: "configuration", field: "loginBaseUrl" });
    const outside = { ...sandbox, loginBaseUrl: "https://mis.kotaksecurities.com" };
    expect(await refusalOf(() => clientFor(outside))).toMatchObject({ code: "configuration", field: "loginBaseUrl" });
  });

  it("refuses a trading host that the account's environment cannot have", async () => {
    const inProduction = await refusalOf(() => clientFor(account, { tradingBaseUrl: "http://127.0.0.1:4000" }));
    expect(inProduction).toMatchObject({ code: "configuration", field: "tradingBaseUrl" });
    const sandbox: KotakNeoAccount = { ...account, environment: "sandbox", loginBaseUrl: "http://127.0.0.1:8081" };
    const inSandbox = await refusalOf(() => clientFor(sandbox, { tradingBaseUrl: "https://e21.kotaksecurities.com" }));
    expect(inSandbox).toMatchObject({ code: "configuration", field: "tradingBaseUrl" });
  });
});

describe("identity at the broker", () => {
  it("is the client code, and the login address where it was replaced", () => {
    expect(identify(clientFor().credentials)).toMatchObject({ environment: "production", identity: "XY42Z" });
    const custom = { ...account, loginBaseUrl: "https://login.example.com" };
    expect(identify(clientFor(custom).credentials).identity).toBe("XY42Z https://login.example.com");
    const spelled = { ...account, loginBaseUrl: "https://mis.kotaksecurities.com/" };
    expect(identify(clientFor(spelled).credentials).identity).toBe("XY42Z");
  });

  it("names with each factor what the broker judges together with it", () => {
    const { factors } = identify(clientFor().credentials);
    expect(factors.totp?.reveal()).toBe(
      JSON.stringify(["+919000000007", "XY42Z", account.accessToken, account.totpSecret]),
    );
    expect(factors.mpin?.reveal()).toBe(JSON.stringify(["XY42Z", "482913"]));
  });

  it("makes a new TOTP credential of every corrected field, and of nothing else", () => {
    expect(totpOf({ mobileNumber: "9000000007" })).toBe(totpOf({}));
    expect(totpOf({ mpin: "1111" })).toBe(totpOf({}));
    for (const change of [
      { mobileNumber: "9000000008" },
      { ucc: "AB71C" },
      { accessToken: "other" },
      { totpSecret: "KNEOADAPTERTESTACCOUNTSECRET7777" },
    ]) {
      expect(totpOf(change)).not.toBe(totpOf({}));
    }
  });

  it("has no fingerprint for what a person or a code source gives", () => {
    const sourced = { ...attended, totpCode: () => "012345" };
    expect(identify(clientFor(sourced).credentials).factors).toEqual({});
  });
});

describe("field table", () => {
  it("describes every field that a file can hold, with its environment variable; the address has none", () => {
    expect(Object.fromEntries(Object.entries(fields).map(([name, { env }]) => [name, env]))).toStrictEqual({
      accessToken: ["KOTAK_NEO_ACCESS_TOKEN"],
      mobileNumber: ["KOTAK_NEO_MOBILE_NUMBER"],
      ucc: ["KOTAK_NEO_UCC"],
      mpin: ["KOTAK_NEO_MPIN"],
      totpSecret: ["KOTAK_NEO_TOTP_SECRET"],
      environment: ["KOTAK_NEO_ENVIRONMENT"],
      loginBaseUrl: false,
    });
  });

  it("requires what a login cannot do without, and keeps credentials and personal identifiers secret", () => {
    expect(namesOf(({ required }) => required)).toStrictEqual(["accessToken", "mobileNumber", "ucc"]);
    expect(namesOf(({ secret }) => secret)).toStrictEqual(["accessToken", "mobileNumber", "ucc", "mpin", "totpSecret"]);
  });
});
