import fs from "node:fs";
import path from "node:path";
import { runTool } from "./child.mjs";
import { installStamp, withPath } from "./decisions.mjs";
import { Failure } from "./failure.mjs";

/**
 * Installs the packages as the lockfile says, unless the stamp in node_modules shows that this has been done.
 * @param {string} root
 * @param {import("./tools.mjs").Tools} tools
 * @param {(line: string) => void} say
 */
export async function installPackages(root, tools, say) {
  if (isInstalled(root, tools)) return;
  say("Installing packages …");
  // Two runs in one checkout need no lock of ours: pnpm lets one wait for the other.
  // node_modules of another layout are replaced without a question that nobody could answer here.
  const args = ["install", "--frozen-lockfile", "--reporter=append-only", "--config.confirmModulesPurge=false"];
  const env = withPath(process.env, tools.folders, process.platform);
  try {
    await runTool(tools.pnpm, args, {
      env,
      cwd: root,
      sentence: "The packages could not be installed; the lines above say why.",
    });
  } catch (error) {
    if (!error.output?.includes('Cannot install with "frozen-lockfile"')) throw error;
    throw new Failure(
      "A package.json was changed, but not the lockfile: run `node scripts/bootstrap.mjs run pnpm install`.",
    );
  }
  fs.writeFileSync(stampFile(root), currentStamp(root, tools));
}

function stampFile(root) {
  return path.join(root, "node_modules", ".broker-auth-stamp");
}

function isInstalled(root, tools) {
  try {
    if (fs.readFileSync(stampFile(root), "utf8") !== currentStamp(root, tools)) return false;
  } catch {
    return false;
  }
  // Somebody may have removed one package's links; a package without dependencies has none.
  return workspaces(root).every((folder) => {
    const { dependencies, devDependencies } = JSON.parse(
      fs.readFileSync(path.join(root, folder, "package.json"), "utf8"),
    );
    return !(dependencies || devDependencies) || fs.existsSync(path.join(root, folder, "node_modules"));
  });
}

function currentStamp(root, { nodeVersion, target }) {
  const manifests = workspaces(root).map((folder) => `${folder}/package.json`);
  const names = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc", ...manifests];
  const files = names
    .filter((name) => fs.existsSync(path.join(root, name)))
    .map((name) => [name, fs.readFileSync(path.join(root, name), "utf8")]);
  return installStamp({ node: nodeVersion, target, files });
}

/** The folders of pnpm-workspace.yaml's `packages`. */
function workspaces(root) {
  return ["packages", "apps"].flatMap((parent) =>
    fs
      .readdirSync(path.join(root, parent))
      .map((name) => `${parent}/${name}`)
      .filter((folder) => fs.existsSync(path.join(root, folder, "package.json"))),
  );
}
