import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { installScripts } from "./package-checks.mjs";

test("finds whatever would run during an install, however deep it lies", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "broker-auth-tree-"));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  const put = (place, manifest, file = "package.json") => {
    fs.mkdirSync(path.join(folder, place), { recursive: true });
    fs.writeFileSync(path.join(folder, place, file), JSON.stringify(manifest));
  };
  put("node_modules/plain", { name: "plain", version: "1.0.0", scripts: { test: "node test.js", prepare: "build" } });
  put("node_modules/@scope/loud", { name: "@scope/loud", version: "1.0.0", scripts: { postinstall: "node x.js" } });
  put("node_modules/plain/node_modules/deep", { name: "deep", version: "2.0.0", scripts: { preinstall: "x" } });
  put("node_modules/native", { name: "native", version: "3.0.0" });
  put("node_modules/native", {}, "binding.gyp");
  const found = installScripts(folder);
  expect(found.packages).toBe(4);
  expect(found.scripts.toSorted()).toEqual([
    "@scope/loud@1.0.0: postinstall",
    "deep@2.0.0: preinstall",
    "native@3.0.0: binding.gyp",
  ]);
});
