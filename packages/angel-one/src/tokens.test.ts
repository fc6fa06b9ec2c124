import { inspect } from "node:util";
import { Secret } from "@x/core/adapter";
import { expect, it } from "vitest";
import { tokens } from "./tokens.ts";

const stored = { jwtToken: "canary-a", feedToken: "canary-b" };

it("come back from the store as they went in, and stay closed", () => {
  const encoded: unknown = JSON.parse(
    JSON.stringify(tokens.encode({ jwtToken: new Secret("canary-a"), feedToken: new Secret("canary-b") })),
  );
  expect(encoded).toEqual(stored);
  const decoded = tokens.decode(encoded, tokens.version);
  expect([decoded.jwtToken.reveal(), decoded.feedToken.reveal()]).toStrictEqual(["canary-a", "canary-b"]);
  expect(inspect(decoded) + JSON.stringify(decoded)).not.toContain("canary");
});

it("come from a newer version with fields of its own, which stay closed and are written again as they were", () => {
  const later = { ...stored, region: "canary-c", hosts: ["canary-d"], at: 7 };
  const decoded = tokens.decode(later, tokens.version);
  expect(inspect(decoded) + JSON.stringify(decoded)).not.toContain("canary");
  expect(tokens.encode(decoded)).toEqual(later);
});

it.each([0, 2, 1.5])("are not read in a version that never was: %d", (version) => {
  expect(() => tokens.decode(stored, version)).toThrow("no stored form of Angel One's tokens");
});

it.each([
  [null],
  ["text"],
  [{}],
  [{ ...stored, jwtToken: 7 }],
  [{ ...stored, jwtToken: "" }],
  [{ ...stored, feedToken: "line\nbreak" }],
  [{ jwtToken: "canary-a" }],
])("refuse the stored form %j", (given) => {
  expect(() => tokens.decode(given, tokens.version)).toThrow(Error);
});
