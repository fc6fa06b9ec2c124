import { readFile } from "node:fs/promises";

/** What the page refers to: files of this clone, by the names that they have in its addresses. Nothing else is read. */
const files: ReadonlyMap<string, URL> = new Map(
  [
    ["readme", "README.md"],
    ["errors", "docs/errors.md"],
    ["strategy", "apps/demo/src/strategy/strategy.ts"],
    ["engine", "apps/demo/src/strategy/engine.ts"],
  ].map(([name = "", path = ""]) => [name, new URL(`../../../../${path}`, import.meta.url)]),
);

/** The text of a file that the page refers to; undefined for any other name. */
export async function readSource(name: string): Promise<string | undefined> {
  const file = files.get(name);
  return file === undefined ? undefined : readFile(file, "utf8");
}
