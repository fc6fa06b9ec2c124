// Writes down what each entry point of the published packages exports (--update), or fails where that is not what
// packages/<name>/api says. Reads the built declarations: pnpm run api:check and api:update build them before.
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { entryPoints, firstDifference, strayReports } from "./api-reports/entry-points.mjs";

const root = path.join(import.meta.dirname, "..");
const update = process.argv.includes("--update");
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "broker-auth-api-"));
try {
  const problems = [];
  let reports = 0;
  for (const folder of publishedFolders()) {
    const manifest = readManifest(folder);
    const entries = entryPoints(manifest);
    for (const entry of entries) problems.push(...report(folder, manifest, entry));
    problems.push(...strays(folder, entries));
    reports += entries.length;
  }
  for (const problem of problems) console.error(problem);
  console.log(`${reports} API reports, ${problems.length} problems`);
  if (problems.length > 0)
    console.error(
      "The public API is not what its reports say. If that is meant, run `npm run api`, read the difference as a user would, and commit it with a changeset; if not, take the change back.",
    );
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  fs.rmSync(temporary, { recursive: true, force: true });
}

function publishedFolders() {
  return fs
    .globSync("packages/*/package.json", { cwd: root })
    .toSorted()
    .map((file) => path.dirname(file))
    .filter((folder) => !readManifest(folder).private);
}

function readManifest(folder) {
  return JSON.parse(fs.readFileSync(path.join(root, folder, "package.json"), "utf8"));
}

/** @returns {string[]} one line for each thing that is wrong */
function report(folder, manifest, { name, subpath, types }) {
  const declarations = path.join(root, folder, types);
  const file = path.join(folder, "api", `${name}.api.md`);
  if (!fs.existsSync(declarations)) return [`${path.join(folder, types)} is missing: build the packages first`];
  const made = path.join(temporary, folder);
  const messages = [];
  fs.mkdirSync(made, { recursive: true });
  const extractorConfig = ExtractorConfig.prepare({
    packageJsonFullPath: path.join(root, folder, "package.json"),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: path.join(root, folder),
      mainEntryPointFilePath: declarations,
      newlineKind: "lf",
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: "es2023",
            lib: ["es2024", "esnext.disposable", "dom"],
            module: "nodenext",
            moduleResolution: "nodenext",
            strict: true,
            skipLibCheck: true,
            types: [],
          },
          files: [declarations],
        },
      },
      apiReport: {
        enabled: true,
        // What an exported type is made of is public as well, under whatever name.
        includeForgottenExports: true,
        reportFileName: `${name}.api.md`,
        // Written next to nothing that is committed: what is there is compared and replaced below, in one place.
        reportFolder: made,
        reportTempFolder: path.join(made, "new"),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        // They name built files, whose names and lines change without the API; what does not compile is an error.
        extractorMessageReporting: { default: { logLevel: "none" } },
        tsdocMessageReporting: { default: { logLevel: "none" } },
        compilerMessageReporting: { default: { logLevel: "error" } },
      },
    },
  });
  Extractor.invoke(extractorConfig, {
    localBuild: true,
    messageCallback(message) {
      message.handled = true;
      if (message.logLevel === ExtractorLogLevel.Error) messages.push(`${manifest.name}: ${message.text}`);
    },
  });
  if (messages.length > 0) return messages;
  const now = fs.readFileSync(path.join(made, `${name}.api.md`), "utf8");
  const target = path.join(root, file);
  const before = fs.existsSync(target) ? fs.readFileSync(target, "utf8") : "";
  if (now === before) return [];
  const entry = path.posix.join(manifest.name, subpath);
  if (!update) return [`${file} is not what ${entry} exports now: ${firstDifference(before, now)}`];
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, now);
  console.log(`${file} is written anew`);
  return [];
}

/** Reports of entry points that are gone. */
function strays(folder, entries) {
  const files = fs.globSync("*.api.md", { cwd: path.join(root, folder, "api") });
  return strayReports(files, entries).flatMap((name) => {
    const file = path.join(folder, "api", name);
    if (!update) return [`${file} belongs to no entry point`];
    fs.rmSync(path.join(root, file));
    console.log(`${file} is removed`);
    return [];
  });
}
