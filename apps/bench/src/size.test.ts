import { expect, it } from "vitest";
import { bundle } from "./bundle.ts";
import { countPackages } from "./installed-packages.ts";
import { pathOf } from "./program.ts";
import { singleFileGzipBytes } from "./single-file.ts";
import { runProgram } from "./source-program.ts";

const mostBytes = 55_000;

it.each(["nubra-session", "kotak-neo-session"] as const)(
  "a program with one adapter carries at most 55 kB, by rolldown and as one file by esbuild: %s",
  async (name) => {
    expect((await bundle(pathOf(name))).gzipBytes).toBeLessThanOrEqual(mostBytes);
    expect(await singleFileGzipBytes(pathOf(name))).toBeLessThanOrEqual(mostBytes);
  },
  120_000,
);

it.each(["@x/nubra", "@x/kotak-neo"])("core and %s are at most 13 packages with all that they need", (adapter) => {
  expect(countPackages(["@x/core", adapter])).toBeLessThanOrEqual(13);
});

it.each(["@x/core", "@x/core/adapter", "@x/nubra", "@x/kotak-neo"])("importing %s loads no library", async (entry) => {
  const loaded = JSON.parse(await runProgram("imported-packages", [], [entry])) as readonly string[];
  expect(loaded).toContain(entry);
  expect(loaded.filter((name) => !name.startsWith("@x/"))).toStrictEqual([]);
});
