import { expect, test } from "vitest";
import { missingOptionals, namedHosts } from "./lockfile.mjs";

const locked = new Set(["tool@1.2.3", "@tool/linux-x64@1.2.3", "@tool/win32-x64@1.2.3", "fsevents@2.3.3"]);
const tool = (optionalDependencies) => [{ name: "tool", version: "1.2.3", optionalDependencies }];

test("accepts a lockfile that has every platform binary of an installed package", () => {
  expect(missingOptionals(tool({ "@tool/linux-x64": "1.2.3", "@tool/win32-x64": "1.2.3" }), locked)).toEqual([]);
  expect(missingOptionals([{ name: "plain", version: "1.0.0" }], locked)).toEqual([]);
});

test("names the binary that the lockfile does not have", () => {
  expect(missingOptionals(tool({ "@tool/darwin-arm64": "1.2.3" }), locked)).toEqual([
    "tool@1.2.3 wants @tool/darwin-arm64@1.2.3, which the lockfile does not have",
  ]);
});

test("does not take another version of the binary for the right one", () => {
  expect(missingOptionals(tool({ "@tool/linux-x64": "1.2.4" }), locked)).toHaveLength(1);
});

test("is content with any version where a range is asked for", () => {
  expect(missingOptionals(tool({ fsevents: "~2.3.2" }), locked)).toEqual([]);
  expect(missingOptionals(tool({ absent: "^1.0.0" }), locked)).toHaveLength(1);
});

test("follows an alias to the package behind it", () => {
  expect(missingOptionals(tool({ binary: "npm:@tool/linux-x64@1.2.3" }), locked)).toEqual([]);
  expect(missingOptionals(tool({ binary: "npm:@tool/linux-arm64@1.2.3" }), locked)).toHaveLength(1);
});

const problemsOf = (resolution, note = "") => {
  const text = `packages:\n  tool@1.2.3:\n    resolution: ${JSON.stringify(resolution)}\n${note}`;
  return namedHosts(text, { "tool@1.2.3": { resolution } });
};

test("refuses a package that is bound to one server", () => {
  expect(problemsOf({ integrity: "sha512-a//b==" })).toEqual([]);
  expect(problemsOf({ integrity: "sha512-ab", tarball: "https://registry.example/tool-1.2.3.tgz" })).toEqual([
    expect.stringContaining("line 3 holds an address"),
    "tool@1.2.3 does not come from a registry",
  ]);
  expect(problemsOf({ type: "git", repo: "git@host.example:tool.git", commit: "abc" })).toHaveLength(1);
});

test("lets a deprecation note name a host", () => {
  expect(problemsOf({ integrity: "sha512-ab" }, "    deprecated: see https://tool.example\n")).toEqual([]);
});
