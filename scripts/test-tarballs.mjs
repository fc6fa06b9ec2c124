// Meets every published package as a stranger does: packed, installed by npm in an empty folder, imported and used, on
// this Node and on the oldest one that the packages promise. Wants the packages built. Ends with "N passed, N failed".
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { npmInstall } from "./bootstrap/npm.mjs";
import { fetchNode, findTools } from "./bootstrap/tools.mjs";

const oldestNode = "22.13.0";
const root = path.join(import.meta.dirname, "..");
const say = (line) => process.stderr.write(`${line}\n`);

const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "broker-auth-tarballs-"));
try {
  const tools = await findTools(root, say);
  const nodes = [tools.node, await fetchNode(oldestNode, { ...tools, say })];
  const stranger = path.join(temporary, "stranger");
  const manifests = await installAsStranger(stranger, tools.pnpm);
  const outcomes = [
    ...manifests.map((manifest) => outcome(`${manifest.name} is packed clean`, leftovers(manifest, stranger))),
    outcome("types resolve for a strict consumer", typeErrors(manifests, stranger)),
    ...nodes.flatMap((node) => runAll(node, manifests, stranger)),
  ];
  const failed = outcomes.filter((passed) => !passed).length;
  console.log(`${outcomes.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  if (error.output) say(String(error.output));
  throw error;
} finally {
  fs.rmSync(temporary, { recursive: true, force: true });
}

/** @returns {Promise<any[]>} the manifests, as a stranger gets them */
async function installAsStranger(folder, pnpm) {
  const folders = fs
    .globSync("packages/*/package.json", { cwd: root })
    .toSorted()
    .map((file) => path.dirname(path.join(root, file)))
    .filter((parent) => !readManifest(parent).private);
  const tarballs = folders.map((parent) => {
    // pnpm, not npm: only pnpm writes the published export map and real versions into the packed manifest.
    const args = ["pack", "--json", "--pack-destination", temporary];
    return JSON.parse(execFileSync(pnpm, args, { cwd: parent, encoding: "utf8" })).filename;
  });
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await npmInstall(["--prefer-offline", ...tarballs], folder, "The tarballs could not be installed.");
  return folders.map((parent) => readManifest(path.join(folder, "node_modules", readManifest(parent).name)));
}

function readManifest(folder) {
  return JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
}

/** What must not reach a stranger, such as workspace protocols and sources, and what has to. */
function leftovers(manifest, folder) {
  const text = JSON.stringify(manifest);
  const words = ["workspace:", "catalog:", "@x/source"].filter((word) => text.includes(word));
  const files = fs.readdirSync(path.join(folder, "node_modules", manifest.name), { recursive: true, encoding: "utf8" });
  return [
    ...words.map((word) => `package.json still says ${word}`),
    ...files.filter((file) => /\.test\.|^src\b|tsdown/.test(file)).map((file) => `${file} was packed`),
    ...(files.includes("LICENSE") ? [] : ["LICENSE is missing"]),
  ].join("\n");
}

function typeErrors(manifests, folder) {
  const imports = manifests
    .flatMap((manifest) => subpathsOf(manifest))
    .map((subpath, index) => `import * as m${index} from ${JSON.stringify(subpath)};\nvoid m${index};\n`);
  const compilerOptions = {
    strict: true,
    target: "es2023",
    module: "nodenext",
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  fs.writeFileSync(path.join(folder, "consumer.ts"), imports.join(""));
  fs.writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
  return failureOf(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", "."], folder);
}

/** Imports every subpath, runs the package's program in scripts/strangers, if any, and asks every command for help. */
function runAll(node, manifests, folder) {
  const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
  return manifests.flatMap((manifest) => {
    const subpaths = subpathsOf(manifest);
    const imports = subpaths.map((subpath) => `await import(${JSON.stringify(subpath)});`).join("\n");
    const runs = [[`${subpaths.join(", ")} can be imported`, "--input-type=module", "--eval", imports]];
    const program = `${path.basename(manifest.name)}.mjs`;
    if (fs.existsSync(path.join(root, "scripts/strangers", program))) {
      // It has to stand in the stranger's folder to find the stranger's packages.
      fs.copyFileSync(path.join(root, "scripts/strangers", program), path.join(folder, program));
      runs.push([`${manifest.name} works`, program]);
    }
    for (const [command, file] of Object.entries(manifest.bin ?? {})) {
      runs.push([`${command} --help works`, path.join("node_modules", manifest.name, file), "--help"]);
    }
    return runs.map(([title, ...args]) => outcome(`${title} on Node ${version}`, failureOf(node, args, folder)));
  });
}

function subpathsOf(manifest) {
  return Object.keys(manifest.exports)
    .filter((key) => key !== "./package.json")
    .map((key) => path.posix.join(manifest.name, key));
}

/** @returns {string} why it failed; empty when it did not */
function failureOf(file, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, encoding: "utf8", timeout: 60_000 });
  if (status === 0) return "";
  return [error?.message, stdout, stderr].filter(Boolean).join("\n") || `ended with ${status}`;
}

function outcome(title, failure) {
  console.log(failure ? `FAIL ${title}\n${failure}` : `ok   ${title}`);
  return failure === "";
}
