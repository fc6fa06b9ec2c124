import fs from "node:fs";
import path from "node:path";
import { runTool } from "./child.mjs";
import { Failure } from "./failure.mjs";

/**
 * Installs packages from the registry that npm is configured for, with their optional parts and without running
 * scripts. npm runs as a JavaScript file under the running Node: no shell and no `npm.cmd`, so it is the same call on
 * every platform.
 * @param {ReadonlyArray<string>} specs for example `pnpm@12.21.0`, or the path of a tarball
 * @param {string} folder an empty folder
 * @param {string} sentence what to tell if it fails
 */
export async function npmInstall(specs, folder, sentence) {
  const env = { ...process.env };
  // Inside `npm start` these say what npm is doing now; they are not settings for the npm below.
  for (const name of Object.keys(env)) if (/^npm_(lifecycle|package)_/.test(name)) delete env[name];
  const flags = [
    "--no-save",
    "--no-package-lock",
    "--ignore-scripts",
    "--include=optional",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  await runTool(process.execPath, [npmFile(), "install", "--prefix", folder, ...flags, ...specs], {
    env,
    cwd: folder,
    sentence,
  });
}

/** npm-cli.js: of the npm that runs us, else the one beside the running Node, else the one on PATH. */
function npmFile() {
  const beside = path.dirname(process.execPath);
  const onPath = (process.env.PATH ?? process.env.Path ?? "")
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder));
  const candidates = [
    process.env.npm_execpath,
    path.join(beside, "node_modules/npm/bin/npm-cli.js"),
    path.join(beside, "../lib/node_modules/npm/bin/npm-cli.js"),
    ...onPath.flatMap((folder) => [path.join(folder, "npm"), path.join(folder, "node_modules/npm/bin/npm-cli.js")]),
  ];
  for (const candidate of candidates) {
    try {
      const file = candidate && fs.realpathSync(candidate);
      if (file && path.basename(file) === "npm-cli.js") return file;
    } catch {
      // Not there: the next candidate.
    }
  }
  throw new Failure("npm was not found beside Node or on PATH; install Node.js with npm and run this again.");
}
