// The first job of a release: what is to be done with the state of main. Tells it as `mode=…` in GITHUB_OUTPUT, or on
// standard output where there is none. Asks the registry which versions it has.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { modeOf, releasesOf, wrongOrigins } from "./plan.mjs";

const root = path.join(import.meta.dirname, "../..");
const releases = unpublished();
const mode = modeOf(fs.readdirSync(path.join(root, ".changeset")), releases);
const repository = process.env.GITHUB_REPOSITORY;
const wrong = mode === "publish" && repository !== undefined ? wrongOrigins(manifestsOf(releases), repository) : [];
for (const line of wrong) console.error(line);
if (wrong.length > 0) {
  console.error("npm would refuse to publish these with provenance: name this repository in their package.json.");
  process.exit(1);
}
for (const { name, version } of releases) console.error(`${name}@${version} is not in the registry`);
if (process.env.GITHUB_OUTPUT) fs.appendFileSync(process.env.GITHUB_OUTPUT, `mode=${mode}\n`);
else console.log(`mode=${mode}`);

function unpublished() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "broker-auth-release-"));
  try {
    const file = path.join(folder, "plan.json");
    const program = path.join(root, "node_modules/@changesets/cli/bin.js");
    const stdio = ["ignore", "ignore", "inherit"];
    execFileSync(process.execPath, [program, "publish-plan", "--output", file], { cwd: root, stdio });
    return releasesOf(JSON.parse(fs.readFileSync(file, "utf8")));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function manifestsOf(wanted) {
  return fs
    .globSync("packages/*/package.json", { cwd: root })
    .map((file) => JSON.parse(fs.readFileSync(path.join(root, file), "utf8")))
    .filter(({ name }) => wanted.some((release) => release.name === name));
}
