import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/bin.ts"],
  format: "esm",
  platform: "node",
  target: "node22",
  dts: false,
  fixedExtension: false,
  sourcemap: false,
  minify: "dce-only",
  // From source, module by module: what only one command needs is then loaded by that command alone.
  inputOptions: { resolve: { conditionNames: ["@x/source", "import", "node", "default"] } },
  publint: { strict: true },
});
