#!/usr/bin/env node
// Mutation tests of the parts that must not be wrong: node scripts/mutate.mjs [package ...]
// Stryker changes one thing at a time and runs the tests that reach it; what they do not notice is printed as survived.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { subjects } from "./mutation/subjects.mjs";

const scripts = path.dirname(fileURLToPath(import.meta.url));
const stryker = path.join(scripts, "../node_modules/@stryker-mutator/core/bin/stryker.js");
const config = path.join(scripts, "mutation/stryker.config.mjs");
const given = process.argv.slice(2);
const names = given.length === 0 ? Object.keys(subjects) : given;
const unknown = names.find((name) => !Object.hasOwn(subjects, name));
if (unknown !== undefined) {
  console.error(`mutate: there is nothing to mutate in "${unknown}"; there are ${Object.keys(subjects).join(", ")}`);
  process.exit(2);
}

let failed = false;
const lines = [];
for (const name of names) {
  const cwd = path.join(scripts, "../packages", name);
  const env = { ...process.env, MUTATED_PACKAGE: name };
  const { status } = spawnSync(process.execPath, [stryker, "run", config], { cwd, env, stdio: "inherit" });
  if (status === 0) lines.push(...scores(name, path.join(cwd, "reports/mutation.json")));
  else failed = true;
}
console.log(["", "MUTATED  killed of all mutants that compile", ...lines].join("\n"));
process.exitCode = failed ? 1 : 0;

/** One line for each file. A mutant that hangs is noticed as well as one that fails. */
function scores(name, report) {
  const { files } = JSON.parse(readFileSync(report, "utf8"));
  return Object.entries(files).map(([file, { mutants }]) => {
    const count = (...states) => mutants.filter(({ status }) => states.includes(status)).length;
    const killed = count("Killed", "Timeout");
    const all = killed + count("Survived", "NoCoverage");
    const share = all === 0 ? "-" : `${((100 * killed) / all).toFixed(1)} %`;
    return `${share.padStart(7)}  ${String(killed).padStart(4)} of ${String(all).padStart(4)}  packages/${name}/${file}`;
  });
}
