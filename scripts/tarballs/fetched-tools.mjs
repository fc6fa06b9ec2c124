import { spawnSync } from "node:child_process";
import path from "node:path";
import { prepareOnce } from "../bootstrap/cache.mjs";
import { Failure } from "../bootstrap/failure.mjs";
import { npmInstall } from "../bootstrap/npm.mjs";
import { fetchNode } from "../bootstrap/tools.mjs";

/**
 * @typedef {object} Program
 * @property {string} title with its version
 * @property {string} file what is started
 * @property {string[]} args what stands before the program's own arguments
 * @property {Record<string, string>} [env] what it must be told
 */

/** The web runtimes that proofs run on besides Node. */
export const webRuntimes = { bun: "1.4.5", deno: "2.9.6" };

/** The npm packages that hold Bun and Deno, by target; there is none for the others. */
const runtimePackages = {
  bun: {
    "linux-x64": "@oven/bun-linux-x64/bin/bun",
    "linux-arm64": "@oven/bun-linux-aarch64/bin/bun",
    "linux-x64-musl": "@oven/bun-linux-x64-musl/bin/bun",
    "darwin-x64": "@oven/bun-darwin-x64/bin/bun",
    "darwin-arm64": "@oven/bun-darwin-aarch64/bin/bun",
    "win32-x64": "@oven/bun-windows-x64/bin/bun.exe",
  },
  deno: {
    "linux-x64": "@deno/linux-x64-glibc/deno",
    "linux-arm64": "@deno/linux-arm64-glibc/deno",
    "darwin-x64": "@deno/darwin-x64/deno",
    "darwin-arm64": "@deno/darwin-arm64/deno",
    "win32-x64": "@deno/win32-x64/deno.exe",
  },
};

/** @typedef {{ target: string, cache: string, say: (line: string) => void }} Machine */

/**
 * @param {string} version
 * @param {Machine} machine
 * @returns {Promise<Program>}
 */
export async function nodeAt(version, machine) {
  return { title: `Node ${version}`, file: await fetchNode(version, machine), args: [] };
}

/**
 * @param {string} version
 * @param {Machine} machine
 * @returns {Promise<Program>}
 */
export async function typescriptAt(version, { target, cache, say }) {
  const file = await prepareOnce({
    folder: path.join(cache, `typescript-${version}-${target}`),
    executable: path.join("node_modules", "typescript", "bin", "tsc"),
    prepare: (temporary) => fetch(`typescript@${version}`, temporary, say),
    check: (found) => expectAnswer(process.execPath, [found, "--version"], version),
  });
  return { title: `TypeScript ${version}`, file: process.execPath, args: [file] };
}

/**
 * @param {"bun" | "deno"} name
 * @param {string} version
 * @param {Machine} machine
 * @returns {Promise<string>} the executable
 */
export async function runtimeAt(name, version, { target, cache, say }) {
  const place = runtimePackages[name][target];
  if (place === undefined) throw new Failure(`npm has no ${name} ${version} for ${target}.`);
  const [scope, unscoped] = place.split("/");
  return prepareOnce({
    folder: path.join(cache, `${name}-${version}-${target}`),
    executable: path.join("node_modules", ...place.split("/")),
    prepare: (temporary) => fetch(`${scope}/${unscoped}@${version}`, temporary, say),
    check: (found) => expectAnswer(found, ["--version"], version),
  });
}

async function fetch(spec, folder, say) {
  say(`Getting ${spec} …`);
  await npmInstall([spec], folder, `${spec} could not be fetched from the npm registry.`);
}

function expectAnswer(file, args, version) {
  const { stdout, error } = spawnSync(file, args, { encoding: "utf8" });
  if (stdout?.includes(version)) return;
  throw new Failure(`The fetched ${path.basename(file)} does not run on this machine (${error?.code ?? stdout}).`);
}
