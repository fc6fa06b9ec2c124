import { readFileSync } from "node:fs";

/** The package's version. */
export function version(): string {
  // One folder below the package, as source and when it is built.
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  return manifest.version;
}
