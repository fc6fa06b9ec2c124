import { expect, it } from "vitest";
import { bundle } from "./bundle.ts";
import { countPackages } from "./installed-packages.ts";
import { pathOf } from "./program.ts";
import { lackOfShortRun } from "./short-run.ts";
import { singleFileGzipBytes } from "./single-file.ts";
import { size } from "./size.ts";
import { runProgram } from "./source-program.ts";

const libraries = ["ky", "otplib", "zod/mini"];

// 85 kB in place of 5 is what one `import { z }` or `import("zod/mini")` costs in a bundle by esbuild.
it.each(["nubra-session", "kotak-neo-session", "zerodha-session", "angel-one-session"] as const)(
  "ky, otplib and zod add at most 26 kB to a program with one adapter, by rolldown and as one file by esbuild: %s",
  async (name) => {
    const [whole, own] = [await bundle(pathOf(name)), await bundle(pathOf(name), { without: libraries })];
    expect(whole.gzipBytes - own.gzipBytes).toBeLessThanOrEqual(26_000);
    const one = await singleFileGzipBytes(pathOf(name));
    expect(one - (await singleFileGzipBytes(pathOf(name), libraries))).toBeLessThanOrEqual(26_000);
  },
  120_000,
);

it.each(["@x/nubra", "@x/kotak-neo", "@x/zerodha", "@x/angel-one"])(
  "core and %s are at most 13 packages with all that they need",
  (adapter) => {
    expect(countPackages(["@x/core", adapter])).toBeLessThanOrEqual(13);
  },
);

it.each(["@x/core", "@x/core/adapter", "@x/nubra", "@x/kotak-neo", "@x/zerodha", "@x/angel-one"])(
  "importing %s loads no library",
  async (entry) => {
    const loaded = JSON.parse(await runProgram("imported-packages", [], [entry])) as readonly string[];
    expect(loaded).toContain(entry);
    expect(loaded.filter((name) => !name.startsWith("@x/"))).toStrictEqual([]);
  },
);

it.each(["nubra", "kotak-neo", "zerodha", "angel-one"] as const)(
  "a program with %s alone carries core and that adapter, and nothing of the others",
  async (name) => {
    const { modules } = await bundle(pathOf(`${name}-session`), { without: libraries });
    const packages = modules
      .map((module) => /\/packages\/([\w-]+)\//.exec(module)?.[1])
      .filter((one) => one !== undefined);
    expect([...new Set(packages)].toSorted()).toStrictEqual(["core", name].toSorted());
  },
  60_000,
);

it.each(["nubra", "kotak-neo", "zerodha", "angel-one"] as const)(
  "the adapter %s is at most 8 kB beyond core and libraries",
  async (name) => {
    const without = [...libraries, "@x/core", "@x/core/adapter"];
    expect((await bundle(pathOf(`${name}-entry`), { without })).gzipBytes).toBeLessThanOrEqual(8_000);
  },
);

it("brokerClient loads ky and nothing else, and adds at most 2 kB to a program, whose adapter has ky anyway", async () => {
  const loaded = JSON.parse(await runProgram("imported-packages", [], ["@x/core/ky"])) as readonly string[];
  expect(new Set(loaded)).toStrictEqual(new Set(["@x/core/ky", "ky"]));
  const [plain, client] = [pathOf("nubra-session"), pathOf("nubra-client")];
  expect((await bundle(client)).gzipBytes - (await bundle(plain)).gzipBytes).toBeLessThanOrEqual(2_000);
  expect((await singleFileGzipBytes(client)) - (await singleFileGzipBytes(plain))).toBeLessThanOrEqual(2_000);
}, 120_000);

it("the bench of sizes can be carried out", async () => {
  expect(await lackOfShortRun(size)).toEqual([]);
}, 120_000);
