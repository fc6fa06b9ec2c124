#!/usr/bin/env bash
# One function of a package that bundles small, loaded late. In esbuild `await import("zod/mini")` keeps the package whole, with all its languages,
# although one function is taken from it; through a late file with a static import of that function it is a few kilobytes. rolldown makes both small.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error esbuild-wasm@0.28.2 rolldown@1.2.19 zod@4.6.7 >/dev/null
echo 'const { string } = await import("zod/mini"); console.log(string().safeParse("a").success);' >package.mjs
echo 'import { string } from "zod/mini"; export const check = (value) => string().safeParse(value).success;' >late.mjs
echo 'const { check } = await import("./late.mjs"); console.log(check("a"));' >file.mjs
cat >look.mjs <<'JS'
import { gzipSync } from "node:zlib";
import { build } from "esbuild-wasm";
import { rolldown } from "rolldown";

const kilobytes = (texts) => texts.reduce((bytes, text) => bytes + gzipSync(text).byteLength, 0) / 1000;
const byEsbuild = async (entry) => {
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, minify: true, format: "esm", write: false });
  return kilobytes(outputFiles.map(({ contents }) => contents));
};
const byRolldown = async (entry) => {
  const bundle = await rolldown({ input: entry });
  const { output } = await bundle.generate({ minify: true });
  return kilobytes(output.map(({ code = "" }) => code));
};
let same = true;
for (const [name, measure, wholePackage] of [
  ["esbuild 0.28.2", byEsbuild, true],
  ["rolldown 1.2.19", byRolldown, false],
]) {
  const [direct, through] = [await measure("package.mjs"), await measure("file.mjs")];
  console.log(`${name}: import("zod/mini") ${direct.toFixed(1)} kB, through a late file of one's own ${through.toFixed(1)} kB`);
  same &&= through < 10 && direct > 50 === wholePackage;
}
console.log(`zod 4.6.7, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`);
console.log(same ? "as found" : "CHANGED");
process.exitCode = same ? 0 : 1;
JS
node look.mjs
