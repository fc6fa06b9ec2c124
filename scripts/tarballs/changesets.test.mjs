import { expect, test } from "vitest";
import { greatestBumps, nextVersion, readChangeset } from "./changesets.mjs";

test("reads the packages, their bumps and what is told to their users", () => {
  expect(readChangeset("---\n\"@x/core\": minor\n'@x/nubra': patch\n---\n\nTwo words.\n")).toEqual({
    bumps: { "@x/core": "minor", "@x/nubra": "patch" },
    summary: "Two words.",
  });
  expect(readChangeset("---\r\n---\r\n").bumps).toEqual({});
});

test("refuses a changeset that it does not understand", () => {
  expect(() => readChangeset("Two words.")).toThrow("begins with ---");
  expect(() => readChangeset('---\n"@x/core": big\n---\n')).toThrow('cannot say ""@x/core": big"');
});

test("the greatest bump of all changesets counts", () => {
  const changesets = [{ bumps: { a: "minor", b: "patch" } }, { bumps: { a: "patch", b: "major" } }];
  expect(greatestBumps(changesets)).toEqual({ a: "minor", b: "major" });
});

test("a bump raises one number and clears those behind it", () => {
  expect(["patch", "minor", "major"].map((bump) => nextVersion("1.2.3", bump))).toEqual(["1.2.4", "1.3.0", "2.0.0"]);
});
