import { readFileSync } from "node:fs";

let known: string | undefined;

/** The package's version. */
export function version(): string {
  return (known ??= readVersion());
}

function readVersion(): string {
  // One folder below the package, as source and when it is built.
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  return manifest.version;
}
