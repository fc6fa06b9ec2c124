import { readdirSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { modeOf, temporaryDirectory } from "./testing/temporary-directory.ts";

// nodejs/node#44004: the permission model turns fchmod and fsync off, whatever is allowed.
test.each([0o022, 0o777])(
  "under node --permission and umask %o a store opens, and its files and key are made for their owner only",
  (mask) => {
    const directory = temporaryDirectory();
    const source = `
    process.umask(${mask});
    const { encrypted } = await import("@x/stores/encrypted");
    const { keyFile } = await import("@x/stores/key-file");
    const { sqliteStore } = await import("@x/stores/sqlite");
    const [directory] = process.argv.slice(1);
    const store = encrypted(sqliteStore({ directory: directory + "/state" }), keyFile(directory + "/keys/store.key"));
    const header = { state: "logged_in", expiresAt: 1, generation: 1, obtainedBy: "login" };
    const written = await store.swap("${"ab".repeat(32)}", 0, { revision: 1, header, body: Buffer.from("text") });
    const lock = await store.lock("${"ab".repeat(32)}", { waitMs: 1000 });
    await lock.release();
    const found = await store.read("${"ab".repeat(32)}");
    await store.close();
    console.log(written, Buffer.from(found.body).toString());`;
    const flags = ["--permission", "--allow-fs-read=*", `--allow-fs-write=${join(directory, "*")}`];
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [
        ...flags,
        "--conditions=@x/source",
        "--disable-warning=ExperimentalWarning",
        "--input-type=module",
        "-e",
        source,
        directory,
      ],
      { cwd: import.meta.dirname, encoding: "utf8" },
    );
    expect({ stdout, stderr }).toEqual({ stdout: "true text\n", stderr: "" });
    for (const name of ["state", "keys", "state/locks"]) expect(modeOf(join(directory, name)), name).toBe(0o700);
    for (const name of ["state/sessions.db", "keys/store.key"]) expect(modeOf(join(directory, name)), name).toBe(0o600);
    expect(readdirSync(join(directory, "keys"))).toEqual(["store.key"]);
  },
);
