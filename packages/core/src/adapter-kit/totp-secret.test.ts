import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { Secret } from "../contract/secret.ts";
import { totpCode } from "./totp-code.ts";
import { parseTotpSecret } from "./totp-secret.ts";

const seed = 20310303;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const startStep = Date.UTC(2031, 2, 3, 3, 30) / 30_000;

function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? []).map((group) => alphabet[Number.parseInt(group.padEnd(5, "0"), 2)]).join("");
}

/** RFC 6238 once more, from Node's own HMAC. */
function independentCode(key: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", key).update(counter).digest();
  const offset = (digest[19] ?? 0) % 16;
  return String((digest.readUInt32BE(offset) % 2 ** 31) % 1_000_000).padStart(6, "0");
}

// From 80 bits up to the 512 that the HMAC's block holds.
const keys = fc.uint8Array({ minLength: 10, maxLength: 64 });

function refusal(act: () => unknown): BrokerAuthError {
  try {
    act();
  } catch (error) {
    if (error instanceof BrokerAuthError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("a TOTP secret", () => {
  const plain = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

  it.each([
    ["as it is", plain],
    ["in lower case", plain.toLowerCase()],
    ["in groups", "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"],
    ["with dashes and line ends", " jbsw-y3dp-ehpk-3pxp\r\njbsw-y3dp-ehpk-3pxp\n"],
    ["with padding", `${plain}======`],
    ["as an address", `otpauth://totp/Nubra:user%40example?secret=${plain}&issuer=Nubra`],
    [
      "as an address that says the common profile",
      `otpauth://totp/x?secret=${plain}&digits=6&period=30&algorithm=sha1`,
    ],
    ["as an address with spaces around it", `  otpauth://totp/x?issuer=Nubra&secret=${plain.toLowerCase()}\n`],
    ["wrapped", new Secret(plain)],
    ["in quotes", `"${plain}"`],
    ["in quotes within quotes, with a line end", `'"${plain}"'\n`],
    ["with an invisible mark of a messenger", `\u202a${plain}\u202c`],
    ["with a dash that is none of ASCII", plain.replace(/^(.{16})/, "$1\u2011")],
  ])("is read as people copy it: %s", (_, given) => {
    expect(parseTotpSecret(given, "totpSecret", "nubra").reveal()).toBe(plain);
  });

  // As they were seen in the exports of authenticator apps and in what people copy from web pages.
  it.each([
    `OTPAUTH://totp/x?secret=${plain}`,
    `OTPAUTH://TOTP/Kotak%20Neo:XY42Z?SECRET=${plain}&ISSUER=Kotak`,
    `otpauth://totp/Nubra: me@example.com?Secret=${plain.toLowerCase()}`,
    `otpauth://totp/x?issuer=Nubra&amp;secret=${plain}`,
    `otpauth://totp/x?issuer=Nubra&amp;SECRET=${plain}&amp;digits=6`,
    `otpauth://totp/x?secret=${plain}&algorithm=SHA-1`,
    `otpauth://totp/x?secret=${plain}&algorithm=HmacSHA1`,
    `otpauth://totp/x?secret=${plain}&Algorithm=HMAC-SHA-1`,
    `otpauth://totp/x?secret=${plain}&algorithm=`,
    `otpauth://totp/x?secret=${plain}&digits=06`,
    `otpauth://totp/x?secret=${plain}&DIGITS=`,
    `otpauth://totp/x?secret=${plain}&period=030`,
    `otpauth://totp/x?secret=${plain}&period=30.0`,
    `otpauth://totp/x?secret=${plain}&Period=30s`,
    `otpauth://totp/x?secret=${plain}&period=`,
    `otpauth://totp/x?secret=${plain}&image=https%3A%2F%2Fexample.com%2Flogo.png#fragment`,
    `otpauth://totp?secret=${plain}`,
    `"otpauth://totp/x?secret=JBSW%20Y3DP+EHPK-3PXP%20JBSWY3DPEHPK3PXP%3D%3D"`,
  ])("is read from an address as apps export it: %s", (given) => {
    expect(parseTotpSecret(given, "totpSecret", "nubra").reveal()).toBe(plain);
  });

  it("that is an export of Google Authenticator says so, and what to give", () => {
    const { message } = refusal(() =>
      parseTotpSecret("OtpAuth-Migration://offline?data=CiEKCkhlbGxvId6tvu8SB2ludmVudGVk", "totpSecret", "nubra"),
    );
    expect(message).toMatch(
      /^totpSecret: is an export of Google Authenticator .*; give the Base32 secret of this one, or enrol/,
    );
    expect(message).not.toContain("CiEK");
  });

  it("is read back from every key, with and without padding", () => {
    fc.assert(
      fc.property(keys, (key) => {
        const text = base32(key);
        const padded = text.padEnd(Math.ceil(text.length / 8) * 8, "=");
        expect(parseTotpSecret(text, "f", "b").reveal()).toBe(text);
        expect(parseTotpSecret(padded, "f", "b").reveal()).toBe(text);
      }),
      { seed },
    );
  });

  it.each([
    ["an address without a secret", "otpauth://totp/Nubra?issuer=Nubra", /is empty/],
    ["a digit that Base32 lacks", "JBSWY3DPEHPK3PX1", /not Base32/],
    ["padding in the middle", "JBSWY3DP====EHPK3PXP", /not Base32/],
    ["hexadecimal", "48656c6c6f21deadbeef", /not Base32/],
    ["a web address", "https://example/?secret=JBSWY3DPEHPK3PXP", /not Base32/],
    ["a six-digit code", "234567", /too short/],
    ["less than 80 bits", "JBSWY3DPEHPK3PX", /too short/],
    ["17 characters", "JBSWY3DPEHPK3PXPA", /incomplete/],
    ["65 bytes", "A".repeat(104), /too long/],
    ["an address for eight digits", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&digits=8", /six digits/],
    ["an address for 16 digits", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&digits=16", /six digits/],
    ["an address for a minute, oddly", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&PERIOD=060", /30 seconds/],
    ["an address for five minutes", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&period=300", /30 seconds/],
    ["an address for SHA-512", "OTPAUTH://TOTP/x?SECRET=JBSWY3DPEHPK3PXP&ALGORITHM=HmacSHA512", /SHA-1/],
    ["an address without a kind", "otpauth:///x?secret=JBSWY3DPEHPK3PXP", /other codes/],
    ["an address for a minute", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&period=60", /30 seconds/],
    ["an address for SHA-256", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&algorithm=SHA256", /SHA-1/],
    ["an address for a counter", "otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP&counter=1", /other codes/],
    ["19 characters", "JBSWY3DPEHPK3PXPAAA", /incomplete/],
    ["22 characters", "JBSWY3DPEHPK3PXPAAAAAA", /incomplete/],
  ])("is refused, by field and without its value: %s", (_, given, message) => {
    const error = refusal(() => parseTotpSecret(given, "totpSecret", "nubra"));
    expect(error).toMatchObject({ code: "configuration", field: "totpSecret", broker: "nubra" });
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^totpSecret: /);
    expect(JSON.stringify(error)).not.toContain(given);
  });

  it.each(["", "  - ", "==="])("is refused where there is nothing in it: %j", (given) => {
    expect(refusal(() => parseTotpSecret(given, "totpSecret", "nubra")).message).toMatch(/^totpSecret: is empty/);
  });

  it.each([10, 63, 64])("may have %d bytes, and gives a code", async (length) => {
    const key = Uint8Array.from({ length }, (_, index) => index * 7 + 1);
    const secret = parseTotpSecret(base32(key), "totpSecret", "nubra");
    expect(await totpCode(secret, startStep)).toBe(independentCode(key, startStep));
  });

  it("gives the code of its whole bytes, whatever stands in the spare bits of its last character", async () => {
    await fc.assert(
      fc.asyncProperty(keys, fc.nat({ max: 31 }), async (key, noise) => {
        const text = base32(key);
        const spareBits = (text.length * 5) % 8;
        const last = alphabet.indexOf(text.at(-1) ?? "") | (noise & (2 ** spareBits - 1));
        const noisy = text.slice(0, -1) + alphabet.charAt(last);
        const secret = parseTotpSecret(noisy, "totpSecret", "nubra");
        expect(secret.reveal()).toBe(text);
        expect(await totpCode(secret, startStep)).toBe(independentCode(key, startStep));
      }),
      { seed },
    );
  });

  it("comes back wrapped", () => {
    expect(String(parseTotpSecret(plain, "totpSecret", "nubra"))).toBe("[secret]");
  });
});
