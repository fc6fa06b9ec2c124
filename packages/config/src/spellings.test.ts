import { createBrokerAuth, memoryStore, secret } from "@x/core";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { describe, expect, it } from "vitest";

// One adapter forgave a spelling that the other refused, so a value that worked at one broker was an error at the other. Invented values.
const mpin = "135790";
const totpSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const atNubra = { phone: "9000000001", mpin, totpSecret };
const atKotakNeo = {
  accessToken: "5a4db0c5-0000-4000-8000-000000000001",
  mobileNumber: "+919000000001",
  ucc: "XY42Z",
  mpin,
  totpSecret,
};

/** Who an account is and what it sends, as both brokers' adapters understand it. */
function understood(nubraFields: object, kotakNeoFields: object): unknown {
  return [
    [nubra(), { ...atNubra, ...nubraFields }] as const,
    [kotakNeo(), { ...atKotakNeo, ...kotakNeoFields }] as const,
  ].map(([provider, account]) => {
    const { identity, environment, factors } = provider.identify(provider.parseCredentials(account as never) as never);
    return [environment, identity, factors.totp?.reveal(), factors.mpin?.reveal()];
  });
}

const plain = understood({}, {});

describe("two spellings of one value are one identity and one fingerprint at both brokers", () => {
  it.each([
    "9000000001",
    '"9000000001"',
    "'9000000001'",
    "919000000001",
    "09000000001",
    "+91-90000-00001",
    "+91 90000 00001",
    " 90000-00001\n",
    "“9000000001”",
  ])("number %s", (number) => {
    expect(understood({ phone: number }, { mobileNumber: number })).toEqual(plain);
    expect(understood({ phone: secret(number) }, { mobileNumber: secret(number) })).toEqual(plain);
  });

  it.each([
    ["mpin", '"135790"'],
    ["mpin", "'135790' "],
    ["mpin", "135-790"],
    ["totpSecret", `"${totpSecret}"`],
    ["totpSecret", "jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp"],
    ["totpSecret", `OTPAUTH://totp/x?secret=${totpSecret}`],
    ["totpSecret", `otpauth://totp/x?issuer=y&amp;Secret=${totpSecret}&amp;algorithm=SHA-1&amp;digits=06`],
    ["environment", '"production"'],
    ["environment", "Production"],
  ])("%s %s", (field, value) => {
    expect(understood({ [field]: value }, { [field]: value })).toEqual(plain);
  });

  it("addresses in quotes and with a slash at the end", () => {
    expect(
      understood({ baseUrl: '"https://api.nubra.io/"' }, { loginBaseUrl: "'https://mis.kotaksecurities.com/'" }),
    ).toEqual(plain);
  });
});

function messages(field: { readonly nubra: string; readonly "kotak-neo": string }, value: unknown): string[] {
  const accounts = [
    { broker: "nubra", ...atNubra, [field.nubra]: value } as const,
    { broker: "kotak-neo", ...atKotakNeo, [field["kotak-neo"]]: value } as const,
  ];
  return accounts.map((account) => {
    try {
      createBrokerAuth({ brokers: [nubra(), kotakNeo()], accounts: { a: account }, store: memoryStore() });
      return "accepted";
    } catch (error) {
      return error instanceof Error ? error.message : "no error";
    }
  });
}

describe("what is no spelling of a right value is refused by both in the same words", () => {
  it.each([
    ["mpin", 135_790, "must be text; put digits in quotes, so that no zero is lost"],
    ["mpin", null, "is empty; give it, or leave it out"],
    ["mpin", "123", "must be 4 to 6 digits"],
    ["totpSecret", `otpauth://totp/x?secret=${totpSecret}&digits=8`, /the broker's have six digits$/],
    ["totpSecret", "otpauth-migration://offline?data=AAAA", /export of Google Authenticator/],
  ])("%s %s", (field, value, said) => {
    const [one, other] = messages({ nubra: field, "kotak-neo": field }, value);
    expect(one).toBe(other);
    expect(one).toMatch(said instanceof RegExp ? said : `accounts.a.${field}: ${said}`);
  });

  it("a number of nine digits", () => {
    const [one, other] = messages({ nubra: "phone", "kotak-neo": "mobileNumber" }, "900000000");
    expect(one?.replace("phone", "mobileNumber")).toBe(other);
  });
});
