// The part of the proof "packages" that handles tarballs, compilers and runtimes: releases in a copy, installs as a
// stranger, compiles, runs. One JSON line for each thing that was looked at.
// Usage: prove-packages.mjs <empty directory> <short | full> <TypeScript program>...
import fs from "node:fs";
import path from "node:path";
import { Failure } from "./bootstrap/failure.mjs";
import { findTools } from "./bootstrap/tools.mjs";
import { nodeAt, runtimeAt, typescriptAt, webRuntimes } from "./tarballs/fetched-tools.mjs";
import { installScripts, publintRemarks, typeProblems } from "./tarballs/package-checks.mjs";
import { releaseInCopy } from "./tarballs/release-copy.mjs";
import { installAsStranger, oldestNode, packingProblems, run, subpathsOf } from "./tarballs/stranger.mjs";

const root = path.join(import.meta.dirname, "..");
const say = (line) => process.stderr.write(`${line}\n`);
const [directory, scale, ...programs] = process.argv.slice(2);
const full = scale === "full";

const { devDependencies } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
const developed = {
  typescript: devDependencies.typescript,
  node: fs.readFileSync(path.join(root, ".node-version"), "utf8").trim(),
};
const typescripts = full ? ["5.9.3", "6.0.3", developed.typescript] : [developed.typescript];
const nodes = full ? [oldestNode, developed.node, "26.10.0"] : [oldestNode, developed.node];
const runtimes = full ? webRuntimes : {};

const machine = { ...(await findTools(root, say)), say };
const stranger = path.join(directory, "stranger");
build();
const { packages, problems } = releaseInCopy(root, path.join(directory, "copy"));
tell("released in a copy of the repository", `${packages.length} packages`, problems);
const manifests = await install();
await check();
compileAll(await fetched(typescripts.map((version) => [`TypeScript ${version}`, typescriptAt(version, machine)])));
await runAll();

function build() {
  const started = Date.now();
  const { failure } = run(machine.pnpm, ["run", "build:packages"], root);
  tell("built", seconds(started), failure ? [failure] : []);
}

async function install() {
  const started = Date.now();
  const installed = await installAsStranger(stranger, packages, [`@types/node@${devDependencies["@types/node"]}`]);
  const { packages: tree, scripts } = installScripts(stranger);
  tell("installed in an empty folder", `${tree} packages in ${seconds(started)}`, []);
  tell("install scripts anywhere in the tree", `${scripts.length}`, scripts);
  const versions = new Map(packages.map(({ name, version }) => [name, version]));
  const wrong = installed.flatMap((manifest) =>
    packingProblems(manifest, stranger, versions).map((problem) => `${manifest.name}: ${problem}`),
  );
  const bytes = packages.reduce((sum, { tarball }) => sum + fs.statSync(tarball).size, 0);
  tell("packed clean", `${packages.length} tarballs, ${(bytes / 1_000).toFixed(0)} kB`, wrong);
  return installed;
}

async function check() {
  const remarks = (await Promise.all(packages.map(({ tarball }) => publintRemarks(tarball)))).flat();
  tell("publint", `${remarks.length} remarks on ${packages.length} packages`, remarks);
  const types = await Promise.all(packages.map(({ tarball }) => typeProblems(tarball)));
  const entries = types.reduce((sum, found) => sum + found.entries, 0);
  const wrong = types.flatMap((found) => found.problems);
  tell("are the types wrong", `${wrong.length} problems in ${entries} entry points`, wrong);
}

/** Every declaration is checked, also those of dependencies: skipLibCheck is off. */
function compileAll(compilers) {
  for (const program of programs) fs.copyFileSync(program, path.join(stranger, path.basename(program)));
  const imports = manifests
    .flatMap((manifest) => subpathsOf(manifest))
    .map((subpath, index) => `import * as m${index} from ${JSON.stringify(subpath)};\nvoid m${index};\n`);
  fs.writeFileSync(path.join(stranger, "every-entry.ts"), imports.join(""));
  const own = programs.map((program) => path.basename(program));
  const onNode = { lib: ["ES2023"], types: ["node"], files: ["every-entry.ts", ...own] };
  const onTheWeb = { lib: ["ES2023", "ESNext.Disposable", "DOM"], types: [], files: ["web-program.ts"] };
  const ways = [
    ...["node16", "nodenext"].map((name) => ({ module: name, moduleResolution: name, ...onNode })),
    { module: "esnext", moduleResolution: "bundler", ...onNode },
    { module: "esnext", moduleResolution: "bundler", ...onTheWeb },
  ].flatMap((way) => [true, false].map((exact) => ({ ...way, exact })));
  for (const { title, file, args } of compilers) {
    const started = Date.now();
    const failures = ways.flatMap((way, index) => {
      const { failure } = run(file, [...args, "-p", configured(way, index)], stranger);
      const which = `${way.moduleResolution}, ${way.types.length > 0 ? "Node" : "web"}, exactOptionalPropertyTypes ${way.exact}`;
      return failure ? [`${which}: ${failure}`] : [];
    });
    tell(title, `${ways.length - failures.length} of ${ways.length} configurations in ${seconds(started)}`, failures);
  }
}

function configured({ module, moduleResolution, lib, types, files, exact }, index) {
  const compilerOptions = {
    target: "ES2023",
    lib,
    module,
    moduleResolution,
    types,
    strict: true,
    exactOptionalPropertyTypes: exact,
    skipLibCheck: false,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    rootDir: ".",
    outDir: "built",
  };
  const name = `tsconfig.${index}.json`;
  fs.writeFileSync(path.join(stranger, name), JSON.stringify({ compilerOptions, files }));
  return name;
}

async function runAll() {
  const wanted = nodes.map((version) => [`Node ${version}`, nodeAt(version, machine)]);
  for (const { title, file } of await fetched(wanted)) {
    const place = fs.mkdtempSync(path.join(directory, "run-"));
    start(title, [file, "built/package-consumer.js", place]);
  }
  // Nothing is allowed to Deno but the loopback address; it is to fetch nothing, not even itself.
  const flags = {
    bun: ["run"],
    deno: ["run", "--no-prompt", "--no-remote", "--node-modules-dir=manual", "--allow-net=127.0.0.1"],
  };
  for (const [name, version] of Object.entries(runtimes)) {
    const title = `${name === "bun" ? "Bun" : "Deno"} ${version}, core and adapters`;
    for (const file of await fetched([[title, runtimeAt(name, version, machine)]])) {
      start(title, [machine.node, "built/package-runtime.js", file, ...flags[name], "built/package-client.js"]);
    }
  }
}

function start(title, [file, ...args]) {
  const { failure, stdout } = run(file, args, stranger, {
    DENO_DIR: path.join(directory, "deno"),
    DENO_NO_UPDATE_CHECK: "1",
    DO_NOT_TRACK: "1",
    NODE_NO_WARNINGS: "1",
  });
  tell(title, stdout.trim() || "nothing", failure ? [failure] : []);
}

/** Those that could be had; of the others it is told that they could not. */
async function fetched(wanted) {
  const found = [];
  for (const [title, tool] of wanted) {
    try {
      found.push(await tool);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      console.log(JSON.stringify({ what: title, outcome: "not run", found: error.message, problems: [] }));
    }
  }
  return found;
}

function tell(what, found, wrong) {
  const outcome = wrong.length === 0 ? "passed" : "failed";
  console.log(JSON.stringify({ what, outcome, found, problems: wrong }));
}

function seconds(started) {
  return `${((Date.now() - started) / 1_000).toFixed(1)} s`;
}
