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

const later = { sessionToken: "canary-a", userId: "1001", region: "canary-b", hosts: ["canary-c"], at: 7 };

it("come from a newer version with fields of its own, which stay closed and are written again as they were", () => {
  const decoded = tokens.decode(later, tokens.version);
  expect(decoded.sessionToken.reveal()).toBe("canary-a");
  expect(inspect(decoded) + JSON.stringify(decoded)).not.toContain("canary");
  expect(tokens.encode(decoded)).toEqual(later);
  expect(tokens.encode({ ...decoded, sessionToken: new Secret("next") })).toEqual({ ...later, sessionToken: "next" });
});

it("have no room for a prototype", () => {
  const stored: unknown = JSON.parse('{"sessionToken":"a","__proto__":{"userId":"canary"}}');
  const decoded = tokens.decode(stored, tokens.version);
  expect(decoded.userId).toBeUndefined();
  expect(Object.getPrototypeOf(tokens.encode(decoded))).toBe(Object.prototype);
});

it.each([0, 2, 1.5])("are not read in a version that never was: %d", (version) => {
  expect(() => tokens.decode({ sessionToken: "a" }, version)).toThrow("no stored form of Nubra's tokens");
});

it.each([
  [null],
  ["text"],
  [{}],
  [{ sessionToken: 7 }],
  [{ sessionToken: "" }],
  [{ sessionToken: "line\nbreak" }],
  [["a"]],
  [{ userId: "1001" }],
  [{ sessionToken: "a", userId: 1001 }],
])("refuse the stored form %j", (stored) => {
  expect(() => tokens.decode(stored, tokens.version)).toThrow(Error);
});
