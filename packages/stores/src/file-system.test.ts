import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryDirectory } from "./testing/temporary-directory.ts";

it("a store is opened and read without the streams and promises of the file system, and without the platform's timing", () => {
  const directory = temporaryDirectory();
  const program = `
    const { localStore } = await import("@x/stores/local");
    const { keyFile } = await import("@x/stores/key-file");
    const [directory, key] = ${JSON.stringify([join(directory, "store"), join(directory, "key")])};
    const store = localStore({ directory, key: keyFile(key) });
    await store.read("a".repeat(64));
    await store.close();
    process.stdout.write(JSON.stringify(process.moduleLoadList));
  `;
  const args = ["--conditions=@x/source", "--input-type=module", "--eval", program];
  const run = (): string[] =>
    JSON.parse(execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: "utf8" })) as string[];
  // The first one makes the store.
  run();
  const loaded = run();
  expect(loaded).toContain("NativeModule sqlite");
  for (const name of ["internal/fs/streams", "internal/fs/promises", "perf_hooks"])
    expect(loaded).not.toContain(`NativeModule ${name}`);
});
