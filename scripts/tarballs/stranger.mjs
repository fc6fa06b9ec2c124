import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { npmInstall } from "../bootstrap/npm.mjs";

/** The oldest one that the packages promise, in `engines`. */
export const oldestNode = "22.13.0";

/**
 * Installs tarballs in an empty folder, with npm and without running scripts.
 * @param {string} folder must not exist
 * @param {ReadonlyArray<{ name: string, tarball: string }>} packages
 * @param {ReadonlyArray<string>} others what this stranger has besides
 * @returns {Promise<any[]>} the packages' manifests, as the stranger gets them
 */
export async function installAsStranger(folder, packages, others = []) {
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const tarballs = packages.map(({ tarball }) => tarball);
  await npmInstall(["--prefer-offline", ...tarballs, ...others], folder, "The tarballs could not be installed.");
  return packages.map(({ name }) => readManifest(path.join(folder, "node_modules", name)));
}

function readManifest(folder) {
  return JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
}

/** Every import that a manifest promises: `@x/core`, `@x/core/adapter`. */
export function subpathsOf({ name, exports }) {
  return Object.keys(exports)
    .filter((key) => key !== "./package.json")
    .map((key) => path.posix.join(name, key));
}

/**
 * What must not reach a stranger, such as workspace protocols and sources, and what has to.
 * @param {any} manifest
 * @param {string} folder the stranger's
 * @param {ReadonlyMap<string, string>} versions of the packages that are released together
 * @returns {string[]} one line each
 */
export function packingProblems(manifest, folder, versions) {
  const text = JSON.stringify(manifest);
  const words = ["workspace:", "catalog:", "link:", "file:", "@x/source"].filter((word) => text.includes(word));
  const ranges = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })
    .filter(([name]) => versions.has(name))
    .filter(([name, range]) => range !== `^${versions.get(name)}`);
  const home = path.join(folder, "node_modules", manifest.name);
  const files = fs
    .readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(home, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"));
  // Beside what is built, only what the manifest names and what npm adds by itself.
  const allowed = new Set(["package.json", "README.md", "LICENSE", ...manifest.files]);
  const expected = ["package.json", "README.md", "LICENSE", "CHANGELOG.md", ...targetsOf(manifest)];
  return [
    ...words.map((word) => `package.json still says ${word}`),
    ...ranges.map(([name, range]) => `${name} is wanted as ${range}, and released as ${versions.get(name)}`),
    ...files.filter((file) => !allowed.has(file) && !isBuilt(file)).map((file) => `${file} was packed`),
    ...expected.filter((file) => !files.includes(file)).map((file) => `${file} is missing`),
    ...["repository", "homepage", "bugs"]
      .filter((name) => !manifest[name])
      .map((name) => `package.json has no ${name}`),
    ...relativeLinks(fs.readFileSync(path.join(home, "README.md"), "utf8")).map(
      (link) => `README.md links to ${link}, which leads nowhere on the registry's page`,
    ),
  ];
}

/** @param {string} markdown */
function relativeLinks(markdown) {
  return [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^(https?:|mailto:|#)/.test(target));
}

/** @param {string} file */
function isBuilt(file) {
  return /^dist\/[^/]+\.(js|js\.map|d\.ts)$/.test(file) && !/\.(test|bench)[.-]/.test(file);
}

/** The files that exports and commands lead to. */
function targetsOf({ exports, bin = {} }) {
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target),
  );
  return [...targets, ...Object.values(bin)].map((target) => path.posix.normalize(target));
}

/**
 * @param {string} file a program
 * @param {ReadonlyArray<string>} args
 * @param {string} cwd
 * @param {Record<string, string>} variables
 * @returns {{ failure: string, stdout: string }} why it failed, empty when it did not
 */
export function run(file, args, cwd, variables = {}) {
  const env = { ...process.env, ...variables };
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, env, encoding: "utf8", timeout: 120_000 });
  const failure =
    status === 0
      ? ""
      : [error?.message, stdout, stderr].filter(Boolean).join("\n").trim() || `ended with ${status ?? "a signal"}`;
  return { failure, stdout };
}
