import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = new URL("../../../", import.meta.url);
const rows = readFileSync(new URL("docs/other-libraries.md", root), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (Package|-)/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map((cells) => ({ library: cells[1] ?? "", shownBy: cells.at(-2) ?? "" }));

it("each row on another library names a version and how it was seen", () => {
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter(({ library }) => !/\d+\.\d+|PostgreSQL \d+/.test(library))).toEqual([]);
  expect(
    rows.filter(({ shownBy }) => !/^(\[script\]\(.*\)|(run|source).* 20\d\d-\d\d(-\d\d)?)$/.test(shownBy)),
  ).toEqual([]);
});

it("each script that a row names can be started as it is", () => {
  const scripts = rows.flatMap(({ shownBy }) => /\(\.\.\/(findings\/.*\.sh)\)/.exec(shownBy)?.[1] ?? []);
  expect(scripts.length).toBeGreaterThan(0);
  for (const script of scripts) {
    const file = fileURLToPath(new URL(script, root));
    expect([script, (statSync(file).mode & 0o111) !== 0, readFileSync(file, "utf8").slice(0, 20)]).toEqual([
      script,
      true,
      "#!/usr/bin/env bash\n",
    ]);
  }
});
