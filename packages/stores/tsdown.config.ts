import { defineConfig } from "tsdown";

export default defineConfig({
  entry: [
    "src/local.ts",
    "src/sqlite.ts",
    "src/redis.ts",
    "src/postgres.ts",
    "src/encrypted.ts",
    "src/key-file.ts",
    "src/passphrase.ts",
    "src/keychain.ts",
  ],
  format: "esm",
  platform: "node",
  target: "node22",
  dts: true,
  fixedExtension: false,
  sourcemap: true,
  publint: { strict: true },
  attw: { profile: "esm-only", level: "error" },
});
