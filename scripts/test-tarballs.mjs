// Releases the packages in a copy of the repository as far as the tarballs, and meets those as a stranger does: installed
// by npm in an empty folder, imported and used, on this Node and on the oldest one that the packages promise. Wants the
// packages built. Ends with "N passed, N failed". More of this kind, with other compilers and runtimes: prove packages.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fetchNode, findTools } from "./bootstrap/tools.mjs";
import { releaseInCopy } from "./tarballs/release-copy.mjs";
import { installAsStranger, oldestNode, packingProblems, run, subpathsOf } from "./tarballs/stranger.mjs";

const root = path.join(import.meta.dirname, "..");
const say = (line) => process.stderr.write(`${line}\n`);

const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "broker-auth-tarballs-"));
try {
  const tools = await findTools(root, say);
  const nodes = [tools.node, await fetchNode(oldestNode, { ...tools, say })];
  const { packages, problems } = releaseInCopy(root, path.join(temporary, "copy"));
  const versions = new Map(packages.map(({ name, version }) => [name, version]));
  const stranger = path.join(temporary, "stranger");
  const manifests = await installAsStranger(stranger, packages);
  const outcomes = [
    outcome("versions and change notes are what the changesets say", problems.join("\n")),
    ...manifests.map((manifest) =>
      outcome(
        `${manifest.name} ${manifest.version} is packed clean`,
        packingProblems(manifest, stranger, versions).join("\n"),
      ),
    ),
    ...packages.map((released) => outcome(`${released.name} could be published`, rehearse(released, tools.pnpm))),
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

/** Everything that publishing does but the upload. */
function rehearse({ name, version, folder }, pnpm) {
  const { failure, stdout } = run(pnpm, ["publish", "--dry-run", "--no-git-checks", "--json"], folder);
  if (failure) return failure;
  const { id } = JSON.parse(stdout);
  return id === `${name}@${version}` ? "" : `${id} would be published`;
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
  return run(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", "."], folder).failure;
}

/** Imports every subpath, runs the package's program in scripts/strangers, if any, and asks every command for help. */
function runAll(node, manifests, folder) {
  const version = run(node, ["--version"], folder).stdout.trim();
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
    return runs.map(([title, ...args]) => outcome(`${title} on Node ${version}`, run(node, args, folder).failure));
  });
}

function outcome(title, failure) {
  console.log(failure ? `FAIL ${title}\n${failure}` : `ok   ${title}`);
  return failure === "";
}
