import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { greatestBumps, nextVersion, readChangeset } from "./changesets.mjs";

/** A changeset of our own: a release is tried at any time, also right after another one. */
const ownSummary = "Nothing changed: the release is tried out.";
const ownChangeset = `---\n"@x/core": patch\n---\n\n${ownSummary}\n`;

/**
 * Releases the packages in a copy of the repository, as far as the tarballs: versions and change notes by changesets,
 * then packed as they will be published. Wants the packages installed and built.
 * @param {string} root
 * @param {string} folder for the copy; must not exist
 * @returns {{ packages: ReleasedPackage[], problems: string[], packed: string }} `packed` holds the tarballs and their plan
 */
export function releaseInCopy(root, folder) {
  copyRepository(root, folder);
  fs.writeFileSync(path.join(folder, ".changeset/tried-out.md"), ownChangeset);
  commit(folder);
  const before = publishedManifests(folder);
  const bumps = greatestBumps(pendingChangesets(folder));
  changeset(folder, "version");
  const after = publishedManifests(folder);
  const problems = [...wrongVersions(before, after, bumps), ...wrongNotes(after, bumps)];
  const packed = path.join(folder, "release");
  // The registry would say which versions are not there yet; asked for here are all of them.
  const plan = after.map(({ manifest: { name, version } }) => ({
    kind: "publish",
    name,
    version,
    access: "public",
    tag: "latest",
  }));
  fs.writeFileSync(path.join(folder, "plan.json"), JSON.stringify({ version: 1, plan: [plan] }));
  changeset(folder, "pack", "--from-publish-plan", "plan.json", "--out-dir", packed);
  return { packages: tarballsIn(packed, after), problems, packed };
}

/** @typedef {{ name: string, version: string, folder: string, tarball: string }} ReleasedPackage */

/** A file that was deleted and not committed yet is listed all the same, and so is one that a running test takes away meanwhile. */
function copyIfThere(from, to) {
  try {
    fs.copyFileSync(from, to);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
}

/** What git would commit, what was installed and what was built; nothing that is ignored besides. */
function copyRepository(root, folder) {
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  for (const file of list.toString().split("\0")) {
    if (file === "") continue;
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    copyIfThere(path.join(root, file), path.join(folder, file));
  }
  // The one tool that is needed there, by the name that .changeset/config.json has for it. All others stay out of reach.
  const tool = "node_modules/@changesets/cli";
  fs.mkdirSync(path.dirname(path.join(folder, tool)), { recursive: true });
  fs.symlinkSync(fs.realpathSync(path.join(root, tool)), path.join(folder, tool), "junction");
  for (const name of fs.readdirSync(path.join(folder, "packages"))) {
    const [from, to] = [root, folder].map((parent) => path.join(parent, "packages", name));
    // The links in it are relative, so that they lead to the copied packages.
    fs.cpSync(path.join(from, "node_modules"), path.join(to, "node_modules"), {
      recursive: true,
      verbatimSymlinks: true,
    });
    fs.cpSync(path.join(from, "dist"), path.join(to, "dist"), { recursive: true });
  }
}

/** Changesets names the commit that brought a changeset. */
function commit(folder) {
  const git = (...args) => execFileSync("git", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  const author = ["-c", "user.name=release", "-c", "user.email=release@localhost", "-c", "commit.gpgsign=false"];
  git(...author, "commit", "--quiet", "--no-verify", "--message=copy");
}

function changeset(folder, ...args) {
  const program = path.join(folder, "node_modules/@changesets/cli/bin.js");
  execFileSync(process.execPath, [program, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
}

function pendingChangesets(folder) {
  return fs
    .globSync(".changeset/*.md", { cwd: folder })
    .filter((file) => path.basename(file) !== "README.md")
    .map((file) => readChangeset(fs.readFileSync(path.join(folder, file), "utf8")));
}

function publishedManifests(root) {
  return fs
    .globSync("packages/*/package.json", { cwd: root })
    .toSorted()
    .map((file) => ({
      folder: path.dirname(path.join(root, file)),
      manifest: JSON.parse(fs.readFileSync(path.join(root, file), "utf8")),
    }))
    .filter(({ manifest }) => !manifest.private);
}

function wrongVersions(before, after, bumps) {
  return before.flatMap(({ manifest: { name, version } }, index) => {
    const found = after[index].manifest.version;
    // One that no changeset names may be raised with a dependency, but no further than that needs.
    const right = bumps[name] ? [nextVersion(version, bumps[name])] : [version, nextVersion(version, "patch")];
    return right.includes(found) ? [] : [`${name} went from ${version} to ${found}, not to ${right.join(" or ")}`];
  });
}

function wrongNotes(after, bumps) {
  return after
    .filter(({ manifest: { name } }) => bumps[name])
    .flatMap(({ folder, manifest: { name, version } }) => {
      const text = fs.readFileSync(path.join(folder, "CHANGELOG.md"), "utf8");
      const [newest = ""] = text.split(/^## /m).slice(1);
      if (!newest.startsWith(`${version}\n`)) return [`CHANGELOG.md of ${name} does not begin with ${version}`];
      if (name === "@x/core" && !newest.includes(ownSummary)) return [`CHANGELOG.md of ${name} lacks a changeset`];
      return [];
    });
}

function tarballsIn(packed, manifests) {
  const { plan } = JSON.parse(fs.readFileSync(path.join(packed, "publish-plan.json"), "utf8"));
  return plan.flat().map(({ name, version, tarball }) => ({
    name,
    version,
    folder: manifests.find(({ manifest }) => manifest.name === name).folder,
    tarball: path.join(packed, tarball.path),
  }));
}
