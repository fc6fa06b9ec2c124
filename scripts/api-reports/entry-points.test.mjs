import { expect, test } from "vitest";
import { entryPoints, firstDifference, strayReports } from "./entry-points.mjs";

test("each published entry point has a report of its own", () => {
  const exports = {
    ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
    "./adapter": { types: "./dist/adapter.d.ts", default: "./dist/adapter.js" },
    "./package.json": "./package.json",
  };
  expect(entryPoints({ publishConfig: { exports } })).toEqual([
    { name: "index", subpath: ".", types: "./dist/index.d.ts" },
    { name: "adapter", subpath: "./adapter", types: "./dist/adapter.d.ts" },
  ]);
});

test("a package that is a command alone has no entry points", () => {
  expect(entryPoints({ publishConfig: {} })).toEqual([]);
});

test("a report without an entry point is a stray", () => {
  expect(strayReports(["index.api.md", "gone.api.md"], [{ name: "index" }])).toEqual(["gone.api.md"]);
});

test("shows the lines that came and went, the first of many", () => {
  expect(firstDifference("a\n  b\n", "a\n  c\n")).toBe("\n    - b\n    + c");
  expect(firstDifference("", "a")).toBe("there is no report yet");
  expect(firstDifference("a\nb", "b\na")).toBe("the same lines in another order");
  const many = Array.from({ length: 20 }, (_, line) => `line ${line}`).join("\n");
  expect(firstDifference("a", many)).toContain("… 9 more lines");
});
