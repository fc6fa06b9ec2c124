import { inspect } from "node:util";
import { Secret } from "@x/core/adapter";
import { expect, it } from "vitest";
import { tokens } from "./tokens.ts";

it("come back from the store as they went in, and stay closed", () => {
  const stored: unknown = JSON.parse(
    JSON.stringify(tokens.encode({ sessionToken: new Secret("canary-a"), userId: new Secret("canary-b") })),
  );
  expect(stored).toEqual({ sessionToken: "canary-a", userId: "canary-b" });
  const decoded = tokens.decode(stored, tokens.version);
  expect(decoded.sessionToken.reveal()).toBe("canary-a");
  expect(decoded.userId?.reveal()).toBe("canary-b");
  expect(inspect(decoded) + JSON.stringify(decoded)).not.toContain("canary");
});

it("come back without a user id where there was none", () => {
  expect(tokens.decode(tokens.encode({ sessionToken: new Secret("a") }), tokens.version)).not.toHaveProperty("userId");
});

it.each([
  [null],
  ["text"],
  [{}],
  [{ sessionToken: 7 }],
  [{ sessionToken: "a", further: 1 }],
  [{ userId: "1001" }],
  [{ sessionToken: "a", userId: 1001 }],
])("refuse the stored form %j", (stored) => {
  expect(() => tokens.decode(stored, tokens.version)).toThrow(Error);
});
