import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import fs from "node:fs";
import path from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

/**
 * @param {string} tarball
 * @returns {Promise<string[]>} one line for each remark, of whatever weight
 */
export async function publintRemarks(tarball) {
  const data = fs.readFileSync(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) },
    strict: true,
  });
  return messages.map((message) => `${pkg.name}: ${formatMessage(message, pkg, { color: false }) ?? message.code}`);
}

/**
 * The packages are ESM only: what CommonJS and the resolution of Node 10 make of them is not looked at.
 * @param {string} tarball
 * @returns {Promise<{ entries: number, problems: string[] }>}
 */
export async function typeProblems(tarball) {
  const result = await checkPackage(createPackageFromTarballData(fs.readFileSync(tarball)), {
    excludeEntrypoints: ["./package.json"],
  });
  if (!result.types) return { entries: 0, problems: [`${result.packageName} has no types`] };
  const problems = result.problems
    .filter(({ resolutionKind }) => resolutionKind !== "node10" && resolutionKind !== "node16-cjs")
    .map(
      ({ kind, entrypoint = "", resolutionKind = "" }) =>
        `${result.packageName} ${entrypoint} ${resolutionKind}: ${kind}`,
    );
  return { entries: Object.keys(result.entrypoints).length, problems };
}

/**
 * What would run while the tree is installed, in whichever of its packages.
 * @param {string} folder the one with node_modules
 * @returns {{ packages: number, scripts: string[] }}
 */
export function installScripts(folder) {
  const manifests = fs
    .globSync("**/node_modules/{*,@*/*}/package.json", { cwd: folder })
    .map((file) => path.join(folder, file));
  const scripts = manifests.flatMap((file) => {
    const { name, version, scripts: own = {} } = JSON.parse(fs.readFileSync(file, "utf8"));
    const named = ["preinstall", "install", "postinstall"].filter((script) => own[script] !== undefined);
    // npm makes an install script of its own where there is something to compile.
    const compiled = fs.existsSync(path.join(path.dirname(file), "binding.gyp")) ? ["binding.gyp"] : [];
    return [...named, ...compiled].map((script) => `${name}@${version}: ${script}`);
  });
  return { packages: manifests.length, scripts };
}
