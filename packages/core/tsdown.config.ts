import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/index.ts", "src/adapter.ts", "src/ky.ts", "src/stored-session.ts", "src/testing.ts"],
  format: "esm",
  platform: "neutral",
  target: "es2023",
  dts: true,
  fixedExtension: false,
  sourcemap: true,
  // Every file costs an import about half a millisecond: what the entries share is one. Documentation stands in the declarations.
  outputOptions: {
    comments: { jsdoc: false },
    codeSplitting: { groups: [{ name: "shared", test: /(?<!\.d)\.ts$/, tags: ["$initial"], minShareCount: 2 }] },
  },
  publint: { strict: true },
  attw: { profile: "esm-only", level: "error" },
});
