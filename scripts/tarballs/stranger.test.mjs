import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { addressesAt } from "../release/addresses.mjs";
import { packingProblems } from "./stranger.mjs";

const versions = new Map([
  ["@x/core", "0.2.0"],
  ["@x/nubra", "0.1.0"],
]);
const manifest = {
  name: "@x/nubra",
  version: "0.1.0",
  files: ["dist", "CHANGELOG.md"],
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" }, "./package.json": "./package.json" },
  dependencies: { "@x/core": "^0.2.0", zod: "^4.6.7" },
  ...addressesAt("https://code.example/team/broker-auth", "packages/nubra"),
};
const files = ["package.json", "README.md", "LICENSE", "CHANGELOG.md", "dist/index.js", "dist/index.d.ts"];

function problemsOf(changes, packed = files, readme = "") {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "broker-auth-stranger-"));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  for (const file of packed) {
    const place = path.join(folder, "node_modules/@x/nubra", file);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    fs.writeFileSync(place, file === "README.md" ? readme : "");
  }
  return packingProblems({ ...manifest, ...changes }, folder, versions);
}

test("accepts a package of built files, its manifest, licence, notes and README", () => {
  expect(problemsOf({})).toEqual([]);
});

test("refuses what only this repository understands", () => {
  expect(problemsOf({ devDependencies: { vite: "catalog:" } })).toEqual(["package.json still says catalog:"]);
  expect(problemsOf({ dependencies: { "@x/core": "workspace:^" } })).toEqual([
    "package.json still says workspace:",
    "@x/core is wanted as workspace:^, and released as 0.2.0",
  ]);
});

test("refuses a sister package at another version than it is released with", () => {
  expect(problemsOf({ dependencies: { "@x/core": "^0.1.0" } })).toEqual([
    "@x/core is wanted as ^0.1.0, and released as 0.2.0",
  ]);
  expect(problemsOf({ dependencies: { "@x/core": "0.2.0" } })).toHaveLength(1);
});

test("refuses tests, sources and whatever else was not meant", () => {
  const more = ["dist/totp.test.js", "dist/totp.bench-d4f.js", "src/index.ts", "tsconfig.json", "dist/.env"];
  expect(problemsOf({}, [...files, ...more]).toSorted()).toEqual(more.toSorted().map((file) => `${file} was packed`));
});

test("misses what has to be there", () => {
  const few = files.filter((file) => file !== "LICENSE" && file !== "dist/index.d.ts");
  expect(problemsOf({}, few)).toEqual(["LICENSE is missing", "dist/index.d.ts is missing"]);
  expect(problemsOf({ bin: { tool: "./dist/bin.js" } })).toEqual(["dist/bin.js is missing"]);
});

test("refuses what leads nowhere on the registry's page", () => {
  const readme = "[one](../core) [two](https://code.example/docs) [three](#options)";
  expect(problemsOf({}, files, readme)).toEqual([
    "README.md links to ../core, which leads nowhere on the registry's page",
  ]);
  expect(problemsOf({ repository: undefined, bugs: undefined })).toEqual([
    "package.json has no repository",
    "package.json has no bugs",
  ]);
});
