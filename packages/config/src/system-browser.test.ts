import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { openSystemBrowser } from "./system-browser.ts";

const name = { darwin: "open", win32: "rundll32.exe" }[process.platform as string] ?? "xdg-open";
const folders: string[] = [];

/** A folder with a program in the place of the system's opener, alone on PATH. */
async function openerThat(script: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "opener-"));
  folders.push(folder);
  await writeFile(path.join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(path.join(folder, name), 0o755);
  vi.stubEnv("PATH", folder);
  return folder;
}

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

it("hands the address to the system's opener as it is, past any shell", async () => {
  const folder = await openerThat('printf %s "$1" > "${0%/*}/opened"');
  const url = "https://login.example.com/?v=3&x=$(touch${IFS}y);`id`";
  await openSystemBrowser(url);
  expect(await readFile(path.join(folder, "opened"), "utf8")).toBe(url);
});

it("says what to do where no browser opens, and not what should have been opened", async () => {
  await openerThat("exit 3");
  const error: unknown = await openSystemBrowser("https://login.example.com/?api_key=canary").catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({
    code: "configuration",
    field: "open",
    action: expect.stringContaining("console.log(url)"),
  });
  expect(JSON.stringify(error)).not.toContain("canary");
  vi.stubEnv("PATH", path.join(tmpdir(), "nowhere"));
  await expect(openSystemBrowser("https://login.example.com/")).rejects.toMatchObject({ field: "open" });
});
