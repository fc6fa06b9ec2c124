import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPremature, jwtExpiry, readJwtClaims } from "./jwt-claims.ts";

const seed = 20310303;
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const signature = Buffer.from("not checked").toString("base64url");

function token(claims: unknown): string {
  return `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}.${signature}`;
}

describe("the claims of a token", () => {
  it("are read back whatever they are", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), (claims) => {
        const plain: unknown = JSON.parse(JSON.stringify(claims));
        expect(readJwtClaims(token(plain))).toEqual(plain);
      }),
      { seed },
    );
  });

  it("are read from both Base64 alphabets, with and without padding", () => {
    const claims = { sub: "??>>~~ñ漢🙂", exp: 1_930_275_000 };
    const standard = Buffer.from(JSON.stringify(claims)).toString("base64");
    expect(standard).toMatch(/[+/]/);
    for (const middle of [standard, standard.replaceAll("=", ""), part(claims)]) {
      expect(readJwtClaims(`h.${middle}.s`)).toEqual(claims);
    }
  });

  it("cannot bring a prototype with them", () => {
    const middle = Buffer.from('{"__proto__":{"exp":1930275000,"admin":true}}').toString("base64url");
    expect(jwtExpiry(`h.${middle}.s`)).toBeUndefined();
    expect(Object.getPrototypeOf(readJwtClaims(`h.${middle}.s`))).toBe(Object.prototype);
    expect(Object.hasOwn(Object.prototype, "admin")).toBe(false);
  });

  it.each([
    ["nothing", ""],
    ["no dots", "abc"],
    ["two parts", `h.${part({ exp: 1 })}`],
    ["four parts", `h.${part({ exp: 1 })}.s.x`],
    ["an encrypted token", "a.b.c.d.e"],
    ["empty parts", ".."],
    ["no Base64", "h.%%%.s"],
    ["no JSON", `h.${Buffer.from("{exp:1}").toString("base64url")}.s`],
    ["cut-off JSON", `h.${Buffer.from('{"exp":193027').toString("base64url")}.s`],
    ["a list", token([{ exp: 1_930_275_000 }])],
    ["null", token(null)],
    ["a number", token(1_930_275_000)],
    ["a text", token("exp")],
    ["an opaque session id", "3f2a9c1e-0000-4000-8000-00000000abcd"],
  ])("are undefined for %s", (_, text) => {
    expect(readJwtClaims(text)).toBeUndefined();
    expect(jwtExpiry(text)).toBeUndefined();
  });

  it("are never a reason to throw", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.base64String(), { minLength: 3, maxLength: 3 }).map((parts) => parts.join(".")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const claims = readJwtClaims(text);
        expect(claims === undefined || (typeof claims === "object" && !Array.isArray(claims))).toBe(true);
      }),
      { seed, numRuns: 1_000 },
    );
  });
});

describe("the expiry of a token", () => {
  it.each([
    ["seconds", 1_930_275_000, 1_930_275_000_000],
    ["a moment long ago", 1, 1_000],
    ["zero, which is over", 0, 0],
    ["below zero, which is over as well", -1, 0],
    ["far below zero", -1e306, 0],
    ["the last second that makes sense", 99_999_999_999, 99_999_999_999_000],
  ])("is its claim in milliseconds: %s", (_, exp, expected) => {
    expect(jwtExpiry(token({ exp }))).toBe(expected);
  });

  it.each([
    ["absent", undefined],
    ["a text", "in an hour"],
    ["milliseconds", 1_930_275_000_000],
    ["beyond all dates", 1e11],
    ["null", null],
    ["a list", [1_930_275_000]],
    ["true", true],
  ])("is undefined where the claim is %s", (_, exp) => {
    expect(jwtExpiry(token({ exp, iat: 1_930_000_000 }))).toBeUndefined();
  });

  it("is undefined where the claim is no finite number", () => {
    expect(jwtExpiry(`h.${Buffer.from('{"exp":1e999}').toString("base64url")}.s`)).toBeUndefined();
  });
});

describe("a token that says when it begins", () => {
  const now = Date.UTC(2031, 2, 3, 3, 30);
  const seconds = now / 1000;

  it.each<[nbf: unknown, premature: boolean]>([
    [seconds + 3_600, true],
    [String(seconds + 3_600), true],
    // A host's clock may be off.
    [seconds + 1_500, false],
    [seconds - 60, false],
    [0, false],
    [now + 3_600_000, false],
    ["soon", false],
    [null, false],
    [undefined, false],
  ])("opens nothing before it: nbf %j is %s", (nbf, premature) => {
    expect(isPremature(token({ nbf }), now)).toBe(premature);
  });
});

it("the end of a token may be a number as a text", () => {
  expect(jwtExpiry(token({ exp: "1930275000" }))).toBe(1_930_275_000_000);
  expect(jwtExpiry(token({ exp: "-5" }))).toBe(0);
  expect(jwtExpiry(token({ exp: "later" }))).toBeUndefined();
  expect(jwtExpiry(token({ exp: "1e9" }))).toBeUndefined();
});
