#!/usr/bin/env bash
# An open write transaction on a SQLite file is a lock that other processes see, and the kernel frees it with its process: a good lock for "one run at a
# time". But the connection is an object: when nobody refers to it any more, the garbage collector closes it, without a word, and the lock is gone while the
# program that took it still runs. Whether that happens in the first second or never depends on when memory is collected.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error bun@1.4.5 deno@2.9.6 >/dev/null
cat >holder.mjs <<'JS'
const bun = globalThis.Bun !== undefined;
const Database = bun ? (await import("bun:sqlite")).Database : (await import("node:sqlite")).DatabaseSync;
const collect = bun ? () => globalThis.Bun.gc(true) : globalThis.gc;
const kept = [];

function take(path, keep) {
  const connection = new Database(path);
  connection.exec("BEGIN EXCLUSIVE");
  if (keep) kept.push(connection);
}

function isTaken(path) {
  const other = new Database(path);
  try {
    other.exec("BEGIN EXCLUSIVE");
    return false;
  } catch {
    return true;
  } finally {
    other.close();
  }
}

take("dropped.db", false);
take("kept.db", true);
const before = isTaken("dropped.db") && isTaken("kept.db");
for (let turn = 0; turn < 20; turn++) {
  await new Promise((resolve) => setTimeout(resolve, 5));
  collect();
}
console.log(JSON.stringify({ before, dropped: isTaken("dropped.db"), kept: isTaken("kept.db") }));
JS
cat >look.mjs <<'JS'
import { execFileSync } from "node:child_process";
import { globSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";

const [bun] = globSync("node_modules/@oven/*/bin/bun*");
const [deno] = globSync("node_modules/@deno/*/deno*");
const holder = resolve("holder.mjs");
const runs = {
  [`Node ${process.version}`]: [process.execPath, "--no-warnings", "--expose-gc", holder],
  "Bun 1.4.5": [resolve(bun), "run", holder],
  "Deno 2.9.6": [resolve(deno), "run", "--no-config", "--allow-all", "--v8-flags=--expose-gc", holder],
};
const found = JSON.stringify({ before: true, dropped: false, kept: true });
let same = true;
for (const [name, [file, ...args]] of Object.entries(runs)) {
  mkdirSync(name.replaceAll(" ", "-"));
  const said = execFileSync(file, args, { cwd: name.replaceAll(" ", "-"), encoding: "utf8", timeout: 60_000 }).trim();
  console.log(`${name}: ${said}`);
  same &&= said === found;
}
console.log(`${new Date().toISOString().slice(0, 10)}: ${same ? "as found: a lock that nobody refers to ends with a collection, one that is kept does not" : "CHANGED"}`);
process.exit(same ? 0 : 1);
JS
node look.mjs
