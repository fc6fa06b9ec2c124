import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { prepareOnce } from "./cache.mjs";
import { runTool } from "./child.mjs";
import { cacheFolder, fits, nodePackage, pnpmPin, targetOf } from "./decisions.mjs";
import { Failure } from "./failure.mjs";
import { npmInstall } from "./npm.mjs";

/**
 * @typedef {object} Tools
 * @property {string} node the executable to run the project with
 * @property {string} nodeVersion
 * @property {string} pnpm
 * @property {string} target
 * @property {string} cache the folder of fetched tools
 * @property {string[]} folders what has to stand in front of PATH; empty where PATH has it all
 */

/**
 * Node and pnpm at the versions the project wants: what is there already if it fits, else fetched into the cache
 * folder.
 * @param {string} root
 * @param {(line: string) => void} say
 * @returns {Promise<Tools>}
 */
export async function findTools(root, say) {
  const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
  const target = targetOf({ platform: process.platform, arch: process.arch, musl: isMusl() });
  const cache = cacheFolder({ platform: process.platform, home: os.homedir(), env: process.env });
  const machine = { target, cache, say };
  const node = await findNode(
    machine,
    manifest.engines.node,
    fs.readFileSync(path.join(root, ".node-version"), "utf8").trim(),
  );
  const pnpm = await findPnpm(machine, pnpmPin(manifest));
  const folders = [node.folder, pnpm.folder].filter((folder) => folder !== undefined);
  return { node: node.file, nodeVersion: node.version, pnpm: pnpm.file, target, cache, folders };
}

function isMusl() {
  return process.platform === "linux" && process.report.getReport().header.glibcVersionRuntime === undefined;
}

async function findNode({ target, cache, say }, range, pin) {
  if (fits(process.versions.node, range)) {
    // Only when PATH would start another Node: putting a folder like /usr/bin first would hide other tools.
    const folder = onPath("node") === fs.realpathSync(process.execPath) ? undefined : path.dirname(process.execPath);
    return { file: process.execPath, version: process.versions.node, folder };
  }
  if (!nodePackage(target)) {
    const wanted = `The project needs Node.js ${range}, this is ${process.versions.node}`;
    throw new Failure(`${wanted}, and npm has none for ${target}: please install Node.js ${pin} and run this again.`);
  }
  const file = await fetchNode(pin, { target, cache, say });
  return { file, version: pin, folder: path.dirname(file) };
}

/**
 * The executable of one exact Node version, fetched into the cache folder if it is not there yet.
 * @param {string} version
 * @param {{ target: string, cache: string, say: (line: string) => void }} machine
 */
export async function fetchNode(version, { target, cache, say }) {
  const source = nodePackage(target);
  if (!source) throw new Failure(`There is no npm package with Node ${version} for ${target}.`);
  return prepareOnce({
    folder: path.join(cache, `node-${version}-${target}`),
    executable: path.join("node_modules", source.name, source.executable),
    async prepare(temporary) {
      say(`Getting Node ${version} …`);
      const advice = `check the network, or install Node.js ${version} yourself`;
      const sentence = `Node ${version} could not be fetched from the npm registry: ${advice}.`;
      await npmInstall([`${source.name}@${version}`], temporary, sentence);
    },
    check: (file) => expectVersion(file, `v${version}`, target),
  });
}

async function findPnpm({ target, cache, say }, pin) {
  // The package itself, not node_modules/.bin: on Windows only this folder holds pnpm.exe, which needs no shell.
  const home = path.join("node_modules", "pnpm");
  const executable = path.join(home, process.platform === "win32" ? "pnpm.exe" : "pnpm");
  const folder = path.join(cache, `pnpm-${pin}-${target}`);
  const known = path.join(folder, executable);
  if (!fs.existsSync(known)) {
    const present = onPath(process.platform === "win32" ? "pnpm.exe" : "pnpm");
    if (present && versionOf(present) === pin) return { file: present, folder: undefined };
  }
  const installed = await prepareOnce({
    folder,
    executable,
    async prepare(temporary) {
      say(`Getting pnpm ${pin} …`);
      const sentence = `pnpm ${pin} could not be fetched from the npm registry: check the network and run this again.`;
      await npmInstall([`pnpm@${pin}`], temporary, sentence);
      // Puts the native program in the place of a placeholder that only a shell can start.
      const cwd = path.join(temporary, home);
      const env = { ...process.env, npm_lifecycle_event: "" };
      await runTool(process.execPath, ["install.js"], {
        env,
        cwd,
        sentence: `pnpm ${pin} has no program for ${target}.`,
      });
    },
    check: (file) => expectVersion(file, pin, target),
  });
  return { file: installed, folder: path.dirname(installed) };
}

/** The first file of that name on PATH, links resolved. */
function onPath(name) {
  const file = process.platform === "win32" && !path.extname(name) ? `${name}.exe` : name;
  for (const folder of (process.env.PATH ?? process.env.Path ?? "").split(path.delimiter)) {
    const candidate = path.join(folder, file);
    if (path.isAbsolute(folder) && fs.existsSync(candidate)) return fs.realpathSync(candidate);
  }
  return undefined;
}

function versionOf(file) {
  // Asked outside the project, where pnpm would answer for the project's pin. Corepack's stand-in must not fetch one.
  const env = { ...process.env, COREPACK_ENABLE_NETWORK: "0", NODE_OPTIONS: "" };
  const { stdout } = spawnSync(file, ["--version"], {
    cwd: path.parse(file).root,
    env,
    encoding: "utf8",
    windowsHide: true,
  });
  return stdout?.trim() || "no answer";
}

/** A wrong answer is a program for another machine, or a cache folder that nothing may be started from. */
function expectVersion(file, expected, target) {
  const version = versionOf(file);
  if (version === expected) return;
  throw new Failure(
    `The fetched ${path.basename(file)} does not run on this machine (${target}; wanted ${expected}, got ${version}).`,
  );
}
