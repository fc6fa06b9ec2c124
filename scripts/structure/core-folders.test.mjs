import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";

/** From the ground up: a folder imports what stands below it, and nothing above. */
const floors = ["errors", "contract", "adapter-kit", "record", "engine", "requests"];
const core = path.join(import.meta.dirname, "../../packages/core/src");

/** @param {string} folder */
function importsOf(folder) {
  const files = globSync(`${folder}/**/*.ts`, { cwd: core }).filter((file) => !/\.test(-d)?\.ts$/.test(file));
  expect(files.length).toBeGreaterThan(0);
  return files.flatMap((file) =>
    [...readFileSync(path.join(core, file), "utf8").matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)].map(([, target]) => ({
      file,
      folder: path.join(path.dirname(file), target ?? "").split(path.sep)[0] ?? "",
    })),
  );
}

it.each(floors)("core's folder %s imports nothing from a folder above it", (folder) => {
  const below = new Set(floors.slice(0, floors.indexOf(folder) + 1));
  expect(importsOf(folder).filter(({ folder: target }) => !below.has(target))).toEqual([]);
});

it("core's lists and its engine's front door alone stand outside the folders", () => {
  const outside = globSync("*.ts", { cwd: core }).filter((file) => !/\.test(-d)?\.ts$/.test(file));
  expect(outside.toSorted()).toEqual([
    "adapter.ts",
    "broker-auth.ts",
    "create-broker-auth.ts",
    "index.ts",
    "ky.ts",
    "stored-session.ts",
    "testing.ts",
  ]);
});
