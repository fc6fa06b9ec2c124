// The job that may publish: uploads what the job before has packed. It has the right to speak for this repository, so
// nothing but Node and npm runs in it: no package is installed, and no script of a package is started.
// Usage: publish.mjs <folder with publish-plan.json>
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { releasesOf } from "./plan.mjs";

const [folder = "."] = process.argv.slice(2);
const releases = releasesOf(JSON.parse(fs.readFileSync(path.join(folder, "publish-plan.json"), "utf8"))).map(
  ({ tarball, ...release }) => {
    const file = path.resolve(folder, tarball.path);
    const data = fs.readFileSync(file);
    if (integrityOf(data, "sha256") !== tarball.integrity) throw new Error(`${tarball.path} is not what was packed`);
    return { ...release, file, integrity: integrityOf(data, "sha512") };
  },
);
// All of them are looked at before the first is published.
const missing = releases.filter((release) => !isPublished(release));
for (const { name, version, access, tag, file } of missing) {
  const { status, stderr } = npm("publish", file, "--access", access, "--tag", tag, "--ignore-scripts");
  if (status !== 0) throw new Error(`${name}@${version} could not be published:\n${stderr}`);
  console.log(`${name}@${version} is published`);
}

/** An earlier try of this job may have come so far. The same version with other contents is somebody else's. */
function isPublished({ name, version, integrity }) {
  const { status, stdout, stderr } = npm("view", `${name}@${version}`, "dist.integrity", "--json");
  if (status !== 0 && !`${stdout}${stderr}`.includes("E404")) {
    throw new Error(`the registry did not say whether it has ${name}@${version}:\n${stderr}`);
  }
  const found = status === 0 && stdout.trim() !== "" ? JSON.parse(stdout) : undefined;
  if (found === undefined) return false;
  if (found !== integrity) throw new Error(`${name}@${version} is published already, and not what was packed`);
  console.log(`${name}@${version} was published before`);
  return true;
}

function npm(...args) {
  // Windows starts npm.cmd only through a shell; a release is not made there.
  return spawnSync("npm", args, { encoding: "utf8" });
}

function integrityOf(data, algorithm) {
  return `${algorithm}-${createHash(algorithm).update(data).digest("base64")}`;
}
