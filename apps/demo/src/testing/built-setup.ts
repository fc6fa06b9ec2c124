import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { TestProject } from "vitest/node";
import { buildPage, builtVariable } from "../desk/page-build.ts";

/**
 * Builds the page and the strategy's program once for all tests, which open some 60 desks and start some 150 processes: from source a process
 * costs twice as much, and each page a build of its own.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  // Where the packages are found that are no part of the program.
  const folder = await mkdtemp(join(root, "node_modules/.built-"));
  const make = async (): Promise<void> => {
    delete process.env[builtVariable];
    const { NODE_ENV } = process.env;
    // The test runner sets another one, and React's development build would be taken.
    process.env["NODE_ENV"] = "production";
    await buildPage(folder).finally(() => (process.env["NODE_ENV"] = NODE_ENV));
    await build({
      configFile: false,
      root,
      logLevel: "error",
      ssr: { noExternal: true, resolve: { conditions: ["@x/source", "node", "import"] } },
      build: {
        ssr: "src/strategy/worker.ts",
        outDir: folder,
        emptyOutDir: false,
        target: "node22",
        rolldownOptions: { external: ["redis", "pg", /^node:/] },
      },
    });
    process.env[builtVariable] = folder;
  };
  await make();
  project.onTestsRerun(make);
  return () => rm(folder, { recursive: true, force: true });
}
