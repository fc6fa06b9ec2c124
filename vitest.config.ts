import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// A process that starts from source takes a third of the time when what was compiled before is found again; children of tests inherit it.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/compiled");

/** Each folder below packages/ and apps/ is a project named after itself. */
const workspaces = ["packages", "apps"].flatMap((parent) =>
  readdirSync(new URL(parent, import.meta.url)).map((name) => ({ name, root: `${parent}/${name}` })),
);

/** What is built once for all tests of a project. */
const setups: Readonly<Record<string, readonly string[]>> = { cli: ["command-setup.ts"], demo: ["built-setup.ts"] };

export default defineConfig({
  // Workspace packages are tested from source, unbuilt. resolve.conditions alone does not do this.
  ssr: { resolve: { conditions: ["@x/source", ...defaultServerConditions] } },
  test: {
    // Most of what the long tests take is waiting, for a browser or another process: one worker would wait for all of them in turn.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A process of its own for each file costs half a second of work, for 300 files. Tests keep to themselves: what one changes that others see
    // (a module, a global, a variable of the environment) it puts back.
    isolate: false,
    // A busy machine takes longer, and no test is about how long it takes.
    testTimeout: 20_000,
    // Browsers, servers and a hundred processes share two cores there: what fails is tried once more, and shown with "retry".
    retry: process.env["CI"] === "true" ? 1 : 0,
    expect: { poll: { timeout: 10_000 } },
    setupFiles: [join(import.meta.dirname, "scripts/end-children.mjs")],
    reporters: ["default", "./scripts/count-reporter.mjs"],
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**"],
      exclude: ["**/*.{test,bench}.ts", "**/*.test-d.ts"],
    },
    projects: [
      ...workspaces
        .filter(({ root }) => existsSync(new URL(`${root}/package.json`, import.meta.url)))
        .map(({ name, root }) => ({
          extends: true as const,
          test: {
            name,
            root,
            // Few files, each with programs or a browser of its own.
            isolate: ["bench", "cli", "demo", "proofs"].includes(name),
            include: ["{src,page}/**/*.test.ts"],
            globalSetup: (setups[name] ?? []).map((file) => join(import.meta.dirname, root, "src/testing", file)),
          },
        })),
      {
        extends: true as const,
        // All of them in one run of the compiler, which reads the whole source for each.
        test: {
          name: "types",
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ["packages/*/src/**/*.test-d.ts"],
            tsconfig: "tsconfig.json",
          },
        },
      },
      {
        extends: true as const,
        test: { name: "examples", root: "examples", include: ["*.test.ts"] },
      },
      { extends: true as const, test: { name: "scripts", root: "scripts", include: ["**/*.test.mjs"] } },
    ],
  },
});
