import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { TokenStore } from "@x/core";
import { storeConformance } from "@x/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readMarkdown } from "./markdown.ts";
import { openProgramFolder, type ProgramFolder, programs } from "./program-folder.ts";

const page = readMarkdown("docs/write-a-store.md");
let work: ProgramFolder;
let folderStore: (folder: string) => TokenStore;

beforeAll(async () => {
  work = await openProgramFolder();
  await work.write(programs(page));
  const module = (await import(pathToFileURL(join(work.path, "folder-store.ts")).href)) as {
    readonly folderStore: typeof folderStore;
  };
  ({ folderStore } = module);
});
afterAll(() => work[Symbol.asyncDispose]());

describe("the store that was written from the page", () => {
  storeConformance({ describe, it }, () => {
    const folder = mkdtempSync(join(tmpdir(), "broker-auth-folder-store-"));
    return { open: () => folderStore(folder), cleanup: () => rmSync(folder, { recursive: true, force: true }) };
  });

  it("frees the lock of a process that has died", async () => {
    const folder = mkdtempSync(join(tmpdir(), "broker-auth-folder-store-"));
    await work.write({
      "dies.ts": `import { folderStore } from "./folder-store.ts";
await folderStore(${JSON.stringify(folder)}).lock("a", { waitMs: 0 });
process.kill(process.pid, "SIGKILL");`,
    });
    await work.run("dies.ts");
    const lock = await folderStore(folder).lock("a", { waitMs: 1_000 });
    await expect(lock.release()).resolves.toBeUndefined();
    rmSync(folder, { recursive: true, force: true });
  });
});

it("is tested by the page's own test, which node runs", { timeout: 60_000 }, async () => {
  const { code, stdout } = await work.run("folder-store.test.ts");
  expect({ code, failed: /fail (\d+)/.exec(stdout)?.[1] }).toEqual({ code: 0, failed: "0" });
});
