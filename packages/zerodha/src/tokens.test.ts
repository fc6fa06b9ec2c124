import { inspect } from "node:util";
import { Secret } from "@x/core/adapter";
import { expect, it } from "vitest";
import { tokens } from "./tokens.ts";

it("come back from the store as they went in, and stay closed", () => {
  const stored: unknown = JSON.parse(JSON.stringify(tokens.encode({ accessToken: new Secret("canary-a") })));
  expect(stored).toEqual({ accessToken: "canary-a" });
  const decoded = tokens.decode(stored, tokens.version);
  expect(decoded.accessToken.reveal()).toBe("canary-a");
  expect(inspect(decoded) + JSON.stringify(decoded)).not.toContain("canary");
});

const later = { accessToken: "canary-a", region: "canary-b", hosts: ["canary-c"], at: 7 };

it("come from a newer version with fields of its own, which stay closed and are written again as they were", () => {
  const decoded = tokens.decode(later, tokens.version);
  expect(decoded.accessToken.reveal()).toBe("canary-a");
  expect(inspect(decoded) + JSON.stringify(decoded)).not.toContain("canary");
  expect(tokens.encode(decoded)).toEqual(later);
  expect(tokens.encode({ ...decoded, accessToken: new Secret("next") })).toEqual({ ...later, accessToken: "next" });
});

it("have no room for a prototype", () => {
  const stored: unknown = JSON.parse('{"accessToken":"a","__proto__":{"publicToken":"canary"}}');
  const decoded = tokens.decode(stored, tokens.version);
  expect(decoded).not.toHaveProperty("publicToken");
  expect(Object.getPrototypeOf(tokens.encode(decoded))).toBe(Object.prototype);
});

it.each([0, 2, 1.5])("are not read in a version that never was: %d", (version) => {
  expect(() => tokens.decode({ accessToken: "a" }, version)).toThrow("no stored form of Zerodha's tokens");
});

it.each([
  [null],
  ["text"],
  [{}],
  [{ accessToken: 7 }],
  [{ accessToken: "" }],
  [{ accessToken: "line\nbreak" }],
  [["a"]],
  [{ publicToken: "1001" }],
])("refuse the stored form %j", (stored) => {
  expect(() => tokens.decode(stored, tokens.version)).toThrow(Error);
});
