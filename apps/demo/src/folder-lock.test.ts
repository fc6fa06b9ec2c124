import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { lockFolder } from "./folder-lock.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-auth-lock-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const refused = { code: "configuration", field: "--data", message: expect.stringContaining("in use by another run") };

describe("a folder's lock", () => {
  it("is one run's, until that run lets go", () => {
    const place = join(folder, "new");
    const release = lockFolder(place);
    expect(() => lockFolder(place)).toThrow(expect.objectContaining(refused));
    release();
    lockFolder(place)();
  });

  it("lasts as long as its process, whatever the garbage collector takes, and ends with it, also when that is killed", async () => {
    const source = pathToFileURL(join(import.meta.dirname, "folder-lock.ts")).href;
    const program = `import { lockFolder } from "${source}"; lockFolder(process.argv[1]); setImmediate(() => { gc(); console.log("taken"); }); setInterval(() => {}, 1000);`;
    const args = [
      "--expose-gc",
      "--conditions=@x/source",
      "--disable-warning=ExperimentalWarning",
      "--input-type=module",
      "-e",
      program,
      folder,
    ];
    const holder = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void holder.kill("SIGKILL"));
    await once(holder.stdout, "data");
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining(refused));
    holder.kill("SIGKILL");
    await once(holder, "exit");
    lockFolder(folder)();
  });
});
