import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const recorder = `
  import { registerHooks } from "node:module";
  const loaded = [];
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
  await import(process.argv[1]);
  console.log(loaded.join("\\n"));
`;

it.each(["index.ts", "adapter.ts"])(
  "loads no file but its own at import: no ky, no library for codes or records: %s",
  (entry) => {
    const args = ["--input-type=module", "--eval", recorder, fileURLToPath(new URL(entry, import.meta.url))];
    const loaded = execFileSync(process.execPath, args, { encoding: "utf8" }).trim().split("\n");
    expect(loaded.length).toBeGreaterThan(5);
    expect(loaded.filter((url) => url.includes("/node_modules/") || url.endsWith("/ky-request.ts"))).toEqual([]);
  },
);
