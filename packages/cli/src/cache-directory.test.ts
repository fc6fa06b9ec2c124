import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { cacheDirectory, compiledFolder } from "./cache-directory.ts";

function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ba-cache-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe.skipIf(process.platform === "win32")("the folder of compiled code", () => {
  it("is this user's alone, and none where others can write to it", () => {
    const base = openFolder();
    const folder = cacheDirectory({ XDG_CACHE_HOME: base });
    expect(folder).toBe(join(base, "broker-auth"));
    expect(statSync(join(base, "broker-auth")).mode & 0o777).toBe(0o700);
    chmodSync(join(base, "broker-auth"), 0o777);
    expect(cacheDirectory({ XDG_CACHE_HOME: base })).toBeUndefined();
  });

  it.skipIf(process.platform !== "linux")("is none where the system takes no folder, and that is known at once", () => {
    expect(cacheDirectory({ XDG_CACHE_HOME: "/dev/null/nowhere" })).toBeUndefined();
    expect(cacheDirectory({ XDG_CACHE_HOME: "/proc/1" })).toBeUndefined();
  });

  it("keeps what Node has compiled, unless one file or folder in it may be somebody else's: then all of it goes", () => {
    const base = openFolder();
    const folder = compiledFolder(base) ?? "";
    const file = join(folder, "version", "code");
    const fill = (): void => {
      mkdirSync(join(folder, "version"), { recursive: true });
      writeFileSync(file, "compiled");
    };
    fill();
    expect([compiledFolder(base), existsSync(file)]).toEqual([folder, true]);
    for (const [path, mode] of [
      [file, 0o666],
      [join(folder, "version"), 0o777],
      [folder, 0o777],
    ] as const) {
      chmodSync(path, mode);
      expect([compiledFolder(base), existsSync(file)]).toEqual([folder, false]);
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      fill();
    }
  });
});
