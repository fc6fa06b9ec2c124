import { fileURLToPath } from "node:url";
import { subjects } from "./subjects.mjs";

const { files, strings = false } = subjects[process.env.MUTATED_PACKAGE ?? ""] ?? {};

export default {
  testRunner: "vitest",
  plugins: [fileURLToPath(import.meta.resolve("@stryker-mutator/vitest-runner"))],
  vitest: { configFile: fileURLToPath(new URL("vitest.config.mjs", import.meta.url)) },
  mutate: files,
  // Without the first it fails on TypeScript 7.
  ignorePatterns: ["tsconfig*.json", "dist", ".turbo"],
  tempDirName: ".stryker-tmp",
  reporters: ["clear-text", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: "reports/mutation.json" },
  coverageAnalysis: "perTest",
  concurrency: 2,
  timeoutMS: 20_000,
  // In the engine texts are messages, which people read. In a classifier they are what it looks for.
  mutator: { excludedMutations: strings ? [] : ["StringLiteral"] },
};
