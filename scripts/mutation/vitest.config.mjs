import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";
import { subjects } from "./subjects.mjs";

const { tests = ["src/**/*.test.ts"] } = subjects[process.env.MUTATED_PACKAGE ?? ""] ?? {};

// One package's tests as Stryker runs them, from its own copy of the package: no projects, no type tests.
export default defineConfig({
  ssr: { resolve: { conditions: ["@x/source", ...defaultServerConditions] } },
  test: { root: process.cwd(), include: tests },
});
