import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/index.ts"],
  format: "esm",
  platform: "neutral",
  target: "es2023",
  dts: true,
  fixedExtension: false,
  sourcemap: true,
  outputOptions: { comments: { jsdoc: false } },
  publint: { strict: true },
  attw: { profile: "esm-only", level: "error" },
});
