// Fails when the lockfile would not install on another platform, or names a host. Wants the packages installed.
import fs from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { missingOptionals, namedHosts } from "./lockfile.mjs";

const root = path.join(import.meta.dirname, "..");
const text = fs.readFileSync(path.join(root, "pnpm-lock.yaml"), "utf8");
const installed = manifestsIn(path.join(root, "node_modules/.pnpm"));
const { packages } = parse(text);
const problems = [...missingOptionals(installed, new Set(Object.keys(packages))), ...namedHosts(text, packages)];
if (installed.length === 0) problems.push("no installed packages were found in node_modules/.pnpm");
for (const problem of problems) console.error(problem);
console.log(`${installed.length} installed packages, ${problems.length} problems in the lockfile`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** pnpm keeps each package as .pnpm/<id>/node_modules/<name>, with links to its dependencies beside it. */
function manifestsIn(store) {
  return fs
    .globSync("*/node_modules/{*,@*/*}/package.json", { cwd: store })
    .map((file) => path.join(store, file))
    .filter((file) => !fs.lstatSync(path.dirname(file)).isSymbolicLink())
    .map((file) => JSON.parse(fs.readFileSync(file, "utf8")));
}
