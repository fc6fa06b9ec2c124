import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** How many packages an install of these brings, themselves included; each version of a package counts. */
export function countPackages(names: readonly string[]): number {
  const found = new Set<string>();
  const enter = (name: string, from: string): void => {
    const directory = packageDirectory(name, from);
    if (found.has(directory)) return;
    found.add(directory);
    const { dependencies = {} } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
    for (const dependency of Object.keys(dependencies)) enter(dependency, directory);
  };
  for (const name of names) enter(name, fileURLToPath(new URL("..", import.meta.url)));
  return found.size;
}

/** Where a package stands that one of ours, or a dependency of it, imports. */
export function packageDirectory(name: string, from: string): string {
  for (let directory = from; ; directory = dirname(directory)) {
    const path = join(directory, "node_modules", name);
    if (existsSync(path)) return realpathSync(path);
    if (directory === dirname(directory)) throw new Error(`${name} is not installed`);
  }
}
