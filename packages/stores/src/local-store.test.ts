import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TokenStore } from "@x/core";
import { storeConformance } from "@x/core/testing";
import { afterEach, describe, expect, it, onTestFinished, test, vi } from "vitest";
import { environmentKey } from "./key-file-source.ts";
import { localStore, type LocalStoreOptions } from "./local-store.ts";
import { sqliteStore } from "./sqlite-store.ts";
import { asOrdinaryUser, modeOf, temporaryDirectory, stranger } from "./testing/temporary-directory.ts";
import { program } from "./testing/program.ts";
import { codeOf, key, record, textIn } from "./testing/sample.ts";

afterEach(() => void vi.unstubAllEnvs());

/** A home directory of the test's own. */
function home(): string {
  const directory = temporaryDirectory();
  vi.stubEnv("HOME", directory);
  vi.stubEnv("USERPROFILE", directory);
  vi.stubEnv("LOCALAPPDATA", join(directory, "local"));
  vi.stubEnv("XDG_STATE_HOME", undefined);
  vi.stubEnv("XDG_DATA_HOME", undefined);
  return directory;
}

const open = (options?: LocalStoreOptions): TokenStore => {
  const store = localStore(options);
  onTestFinished(() => store.close());
  return store;
};

const paths = (directory: string): string[] => readdirSync(directory, { recursive: true }).map(String);

describe("the local store", () => {
  storeConformance({ describe, it }, () => {
    home();
    return { open: () => localStore() };
  });
});

describe("localStore()", () => {
  test("seals its records, and keeps the key for its owner only in a folder apart from them", async () => {
    const directory = home();
    const store = open();
    await store.swap(key(1), 0, record(1, "a very secret token"));
    const [file] = paths(directory).filter((path) => path.endsWith("store.key"));
    const [records] = paths(directory).filter((path) => path.endsWith("sessions.db"));
    if (file === undefined || records === undefined) throw new Error("a file is missing");
    expect(dirname(file)).not.toBe(dirname(records));
    expect(paths(join(directory, dirname(records)))).not.toContain("store.key");
    expect([modeOf(join(directory, file)), modeOf(join(directory, dirname(file)))]).toEqual([0o600, 0o700]);
    for (const path of paths(dirname(join(directory, records))).filter((name) => name.startsWith("sessions.db")))
      expect(readFileSync(join(directory, dirname(records), path)).includes("secret"), path).toBe(false);
    expect(store.place).toBe(dirname(join(directory, records)));
  });

  test("is one store for two programs in two folders, and after a restart", async () => {
    const directory = home();
    const [here, there] = [temporaryDirectory(), temporaryDirectory()];
    const source = `
      import { chdir } from "node:process";
      import { localStore } from "@x/stores/local";
      chdir(process.argv[1]);
      const store = localStore();
      const found = await store.read("${key(1)}");
      const revision = found?.revision ?? 0;
      await store.swap("${key(1)}", revision, { revision: revision + 1, header: ${JSON.stringify(record(1).header)}, body: Buffer.from("text") });
      await store.close();
      console.log(revision);`;
    for (const [revision, folder] of [here, there, here].entries()) {
      const { line, ended } = program(source, folder, { HOME: directory, LOCALAPPDATA: join(directory, "local") });
      expect(await line()).toBe(String(revision));
      await ended;
    }
    expect([readdirSync(here), readdirSync(there)]).toEqual([[], []]);
    expect((await open().read(key(1)))?.revision).toBe(3);
  });

  test("takes another key in one word, and then writes none of its own", async () => {
    const directory = home();
    const own = environmentKey("STORE_KEY", { STORE_KEY: randomBytes(32).toString("base64") });
    await open({ key: own }).swap(key(1), 0, record(1, "text"));
    expect(await textIn(open({ key: own }), 1)).toBe("text");
    expect(paths(directory).filter((path) => path.endsWith("store.key"))).toEqual([]);
    await expect(open().read(key(1))).rejects.toMatchObject({
      code: "store_key_missing",
      message: expect.stringMatching(
        new RegExp(`^${directory}.*broker-auth is encrypted, .*${directory}.*store\\.key$`),
      ),
    });
  });

  test("takes another directory, with the key where it was", async () => {
    const directory = home();
    const state = temporaryDirectory();
    await open({ directory: state }).swap(key(1), 0, record(1));
    expect(readdirSync(state)).toContain("sessions.db");
    expect(paths(directory).filter((path) => path.endsWith(".db"))).toEqual([]);
    expect(paths(directory).filter((path) => path.endsWith("store.key"))).toHaveLength(1);
  });

  test("is not opened in clear by sqliteStore() in the same place, which says what to write", async () => {
    home();
    await open().swap(key(1), 0, record(1));
    const plain = sqliteStore({ plaintext: "i-understand" });
    onTestFinished(() => plain.close());
    await expect(plain.read(key(1))).rejects.toMatchObject({
      code: "configuration",
      action: expect.stringContaining("localStore()"),
    });
  });

  test("refuses what is no option, such as a key source in place of the options", async () => {
    home();
    for (const wrong of [environmentKey("STORE_KEY"), "/var/state", { keys: 1 }])
      expect(await codeOf(() => localStore(wrong as LocalStoreOptions))).toBe("configuration");
  });

  test.each(["abc", null, {}, environmentKey, Buffer.alloc(32)])(
    "names itself and the key sources for a key that is none: %o",
    (wrong) => {
      home();
      const shown = { code: "configuration", field: "key", message: expect.stringMatching(/^key: localStore\(\) /) };
      const action = expect.stringMatching(/localStore\(\{ key: keychain\(\) \}\).*keyFile\(/);
      expect(() => localStore({ key: wrong as never })).toThrow(expect.objectContaining({ ...shown, action }));
    },
  );

  test("says what to give to a user without a home directory", async () => {
    home();
    vi.stubEnv("HOME", "");
    const state = temporaryDirectory();
    const outcome = await asOrdinaryUser(
      state,
      async () => [
        await codeOf(() => localStore()),
        await codeOf(() => localStore({ directory: state, key: environmentKey("KEY") })),
      ],
      stranger,
    );
    // Somebody who is in the system's list of users has a home there.
    expect(outcome).toEqual([process.geteuid?.() === 0 ? "configuration" : "no error", "no error"]);
  });
});
