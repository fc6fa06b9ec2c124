import { expect, test } from "vitest";
import { modeOf, notesOf, releasesOf, wrongOrigins } from "./plan.mjs";

const core = { kind: "publish", name: "@x/core", version: "0.2.0", access: "public", tag: "latest" };

test("changesets that wait come first, then versions that the registry lacks", () => {
  expect(modeOf(["README.md", "config.json", "two-words.md"], [core])).toBe("version");
  expect(modeOf(["README.md", "config.json"], [core])).toBe("publish");
  expect(modeOf(["config.json"], [])).toBe("none");
});

test("only what is published is a release", () => {
  expect(releasesOf({ plan: [[core], [{ ...core, kind: "tag-only" }]] })).toEqual([core]);
});

const named = (repository) => wrongOrigins([{ name: "@x/core", repository }], "owner/name");

test("a package has to name the repository that it is published from", () => {
  expect(named({ url: "git+https://github.com/owner/name.git" })).toEqual([]);
  expect(named("github:owner/name")).toEqual([]);
  expect(named("https://github.com/another-owner/name")).toHaveLength(1);
  expect(named({ url: "https://github.com/owner/name-2" })).toHaveLength(1);
  expect(named(undefined)).toEqual(['@x/core: "repository" is missing, and this is owner/name']);
});

test("the notes of a release are its own part of the CHANGELOG", () => {
  const changelog = "# @x/core\n\n## 0.2.0\n\n### Minor Changes\n\n- Two words.\n\n## 0.1.0\n\n- First.\n";
  expect(notesOf(changelog, "0.2.0")).toBe("### Minor Changes\n\n- Two words.");
  expect(notesOf(changelog, "0.1.0")).toBe("- First.");
  expect(notesOf(changelog, "0.1")).toBe("");
});
