import { inspect } from "node:util";
import { type AccountIdentity, Secret } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { fields, type NubraAccount } from "./credentials.ts";
import { nubra } from "./provider.ts";
import { canaries } from "./testing/answers.ts";
import { refused } from "./testing/scripted-broker.ts";

const { phone, mpin, totpSecret, deviceId, email } = canaries;

function parse(account: Partial<NubraAccount>): ReturnType<ReturnType<typeof nubra>["parseCredentials"]> {
  return nubra().parseCredentials({ phone, ...account });
}

function identify(credentials: ReturnType<typeof parse>): AccountIdentity {
  return nubra().identify(credentials);
}

describe("phone", () => {
  it.each([
    "9000000001",
    " 90000 00001 ",
    "+919000000001",
    "+91-90000-00001",
    "919000000001",
    "09000000001",
    '"9000000001"',
  ])("is normalised to ten digits from %j", (given) => {
    expect(parse({ phone: given }).phone.reveal()).toBe("9000000001");
    expect(parse({ phone: new Secret(given) }).phone.reveal()).toBe("9000000001");
  });

  it.each(["900000000", "90000000011", "009000000001", "+92 9000000001", "９０００００００１１"])(
    "is refused as %j",
    async (given) => {
      const error = await refused(() => parse({ phone: given }));
      expect(error).toMatchObject({ code: "configuration", field: "phone" });
      expect(error.message).toBe(
        "phone: must be ten digits; spaces, dashes, quotes and one leading +91, 91 or 0 are forgiven",
      );
    },
  );

  it("is refused when it is missing", async () => {
    expect(await refused(() => nubra().parseCredentials({} as NubraAccount))).toMatchObject({
      code: "configuration",
      field: "phone",
    });
  });
});

describe("checks", () => {
  it.each([
    ["phone", { phone: 9_000_000_001 }],
    ["mpin", { mpin: 135_797 }],
    ["mpin", { mpin: "" }],
    ["mpin", { mpin: "135" }],
    ["mpin", { mpin: "1357975" }],
    ["mpin", { mpin: "13x7" }],
    ["totpSecret", { totpSecret: "" }],
    ["totpSecret", { totpSecret: "not base32 canary!" }],
    ["totpSecret", { totpSecret: "135797" }],
    ["totpSecret", { totpSecret: 7 }],
    ["totpCode", { totpCode: "135797" }],
    ["totpCode", { totpSecret, totpCode: () => "135797" }],
    ["email", { email }],
    ["environment", { environment: "canary" }],
    ["baseUrl", { baseUrl: "canary" }],
    ["baseUrl", { baseUrl: "http://canary.example.com" }],
    ["baseUrl", { baseUrl: "https://canary.example.com/path" }],
    ["baseUrl", { baseUrl: "https://canary:pass@example.com" }],
    ["baseUrl", { baseUrl: "http://127.0.0.1:8080" }],
    ["baseUrl", { environment: "sandbox", baseUrl: "https://canary.example.com" }],
    ["baseUrl", { environment: "sandbox" }],
    ["deviceId", { deviceId: "" }],
    ["deviceId", { deviceId: "canary device" }],
    ["deviceId", { deviceId: `canary-${"x".repeat(122)}` }],
    ["deviceId", { deviceId: "canary-é" }],
    ["canaryField", { canaryField: 1 }],
    ["account", { "135797": "canary" }],
  ])("refuse a wrong %s and name the field, never the value: %j", async (field, account) => {
    const error = await refused(() => parse(account as Partial<NubraAccount>));
    expect(error).toMatchObject({ code: "configuration", field, broker: "nubra" });
    const shown = inspect(error, { depth: 9 }) + JSON.stringify(error);
    expect(shown.replaceAll("canaryField", "")).not.toMatch(/canary|135797/);
  });

  it.each([
    ["phone", "is empty; give the registered mobile number: ten digits, with or without +91, as text"],
    ["mpin", "is empty; give it, or leave it out"],
    ["totpSecret", "is empty; give it, or leave it out"],
    ["totpCode", "is empty; give it, or leave it out"],
    ["email", "is empty; give it, or leave it out"],
    ["environment", "is empty; give it, or leave it out"],
    ["baseUrl", "is empty; give it, or leave it out"],
    ["deviceId", "is empty; give it, or leave it out"],
  ])("say of an empty %s that it is empty", async (field, message) => {
    for (const value of ["", " ", '""', null, new Secret("")]) {
      const error = await refused(() => nubra().parseCredentials({ phone, [field]: value }));
      expect(error).toMatchObject({ code: "configuration", field, message: `${field}: ${message}` });
    }
  });

  it.each([[undefined], [null], ["9000000001"], [[]]])("refuse %j in place of an account", async (input) => {
    expect(await refused(() => nubra().parseCredentials(input as never))).toMatchObject({
      code: "configuration",
      field: "account",
    });
  });
});

describe("credentials", () => {
  it("keep every secret closed", () => {
    const credentials = parse({ mpin, totpSecret, deviceId });
    const shown = inspect(credentials, { depth: 9 }) + JSON.stringify(credentials);
    for (const value of [phone, mpin, totpSecret, deviceId]) expect(shown).not.toContain(value);
  });

  it("take secrets as they are copied: the MPIN with blanks around it, the TOTP secret in groups or as an address", () => {
    expect(parse({ mpin: " 1357 " }).mpin?.reveal()).toBe("1357");
    const spaced = parse({ totpSecret: "jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp" });
    const address = parse({ totpSecret: `otpauth://totp/Nubra?secret=${totpSecret}` });
    for (const { totp } of [spaced, address]) expect((totp as Secret).reveal()).toBe(totpSecret);
  });

  it.each([
    [{}, "production", "https://api.nubra.io", false],
    [{ environment: "uat" }, "uat", "https://uatapi.nubra.io", false],
    [{ environment: "uat", baseUrl: "https://proxy.example.com:8443/" }, "uat", "https://proxy.example.com:8443", true],
    [{ environment: "sandbox", baseUrl: "http://127.0.0.1:40123" }, "sandbox", "http://127.0.0.1:40123", true],
    [{ baseUrl: "https://api.nubra.io/" }, "production", "https://api.nubra.io", false],
  ] as const)("send %j to its own address", (account, environment, baseUrl, isReplaced) => {
    expect(parse(account)).toMatchObject({ environment, baseUrl, isReplaced });
  });

  it("need the e-mail where it logs in, and only there", async () => {
    const provider = nubra({ totpIdentifier: "email" });
    expect(provider.parseCredentials({ phone, totpSecret, email: ` ${email} ` }).email?.reveal()).toBe(email);
    expect(provider.parseCredentials({ phone }).email).toBeUndefined();
    expect(await refused(() => provider.parseCredentials({ phone, totpSecret }))).toMatchObject({
      code: "configuration",
      field: "email",
    });
    expect(await refused(() => provider.parseCredentials({ phone, totpSecret, email: "canary" }))).toMatchObject({
      field: "email",
    });
  });
});

describe("identity", () => {
  it("is the phone, and the address where it was replaced", () => {
    expect(identify(parse({}))).toEqual({
      environment: "production",
      identity: '["9000000001"]',
      deviceId: undefined,
      factors: {},
      asks: ["otp", "mpin"],
    });
    expect(identify(parse({ baseUrl: "https://proxy.example.com" })).identity).toBe(
      '["9000000001","https://proxy.example.com"]',
    );
    expect(identify(parse({ phone: "+91 9000000001", baseUrl: "https://api.nubra.io" })).identity).toBe(
      '["9000000001"]',
    );
  });

  it("names the device id that the user chose", () => {
    expect(identify(parse({ deviceId })).deviceId).toBe(deviceId);
  });

  it("gives each configured factor together with what Nubra judges it with", () => {
    const { factors } = identify(parse({ mpin, totpSecret }));
    expect(Object.keys(factors).toSorted()).toEqual(["mpin", "totp"]);
    expect(factors.mpin?.reveal()).toBe(JSON.stringify([phone, mpin]));
    expect(factors.totp?.reveal()).toBe(JSON.stringify([phone, totpSecret]));
  });

  it("judges the TOTP secret with the e-mail where that logs in", () => {
    const provider = nubra({ totpIdentifier: "email" });
    const { factors } = provider.identify(provider.parseCredentials({ phone, totpSecret, email }));
    expect(factors.totp?.reveal()).toBe(JSON.stringify([email, totpSecret]));
  });

  it("has no fingerprint for what a code source or a person gives", () => {
    expect(identify(parse({ totpCode: () => "123456" })).factors).toEqual({});
  });
});

describe("field table", () => {
  it("names the environment variables, Nubra's own last, and marks every secret", () => {
    expect(fields.phone.env).toEqual(["NUBRA_PHONE", "PHONE_NO"]);
    expect(fields.mpin.env).toEqual(["NUBRA_MPIN", "MPIN"]);
    expect(fields.totpSecret.env).toEqual(["NUBRA_TOTP_SECRET"]);
    const open = Object.entries(fields).filter(([, field]) => !field.secret);
    expect(open.map(([name]) => name)).toEqual(["environment", "baseUrl"]);
    expect(
      Object.entries(fields)
        .filter(([, field]) => field.required)
        .map(([name]) => name),
    ).toEqual(["phone"]);
  });
});
