import { expect, test } from "vitest";
import { mintJwt, readJwtClaims } from "./jwt.ts";

test("has three base64url parts and gives its claims back", () => {
  const token = mintJwt({ exp: 1_900_000_000, sub: "main@example.com" });
  expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{43}$/);
  expect(readJwtClaims(token)).toEqual({ exp: 1_900_000_000, sub: "main@example.com" });
});

test("has a signature as long as RS256 gives", () => {
  const [, , signature = ""] = mintJwt({ exp: 1 }, { alg: "RS256", typ: "JWT" }).split(".");
  expect(Buffer.from(signature, "base64url")).toHaveLength(256);
});

test.each(["", "a.b", "a.b.c.d", "x.bm90IGpzb24.y", `x.${Buffer.from("[1]").toString("base64url")}.y`])(
  "finds no claims in %j",
  (token) => {
    expect(readJwtClaims(token)).toBeUndefined();
  },
);
