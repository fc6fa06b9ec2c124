import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild-wasm";

const made = new Map<string, Promise<number>>();

/**
 * Bundles a program into one file by esbuild, minified, workspace packages from their source, and gives its size after gzip. esbuild drops less than
 * rolldown does, above all where a package is imported whole, and puts a wrapper around every module that a late import reaches. Each is made once,
 * for all that ask for it.
 * @param without what is left out, besides Node's own modules
 */
export function singleFileGzipBytes(entry: string, without: readonly string[] = []): Promise<number> {
  const key = JSON.stringify([entry, without]);
  const known = made.get(key) ?? newSingleFile(entry, without);
  made.set(key, known);
  return known;
}

async function newSingleFile(entry: string, without: readonly string[]): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: fileURLToPath(new URL("..", import.meta.url)),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "es2023",
    conditions: ["@x/source", "module"],
    external: [...without],
    legalComments: "none",
    write: false,
  });
  return outputFiles.reduce((bytes, { contents }) => bytes + gzipSync(contents, { level: 9 }).byteLength, 0);
}
