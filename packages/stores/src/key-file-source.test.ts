import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isBrokerAuthError } from "@x/core";
import { describe, expect, test } from "vitest";
import { environmentKey, keyFile } from "./key-file-source.ts";
import type { KeySource, StoreKey } from "./store-key.ts";
import { asOrdinaryUser, makeReadOnly, modeOf, temporaryDirectory } from "./testing/temporary-directory.ts";
import { codeOf } from "./testing/sample.ts";

const salt = Buffer.alloc(16);
const text = (): string => randomBytes(32).toString("base64");
const ids = async (source: KeySource): Promise<string[]> => (await source.keys(salt)).map(({ id }) => id);
const made = async (source: KeySource): Promise<StoreKey> => {
  if (source.create === undefined) throw new Error("this source makes no keys");
  return source.create();
};
const file = (lines: string, mode = 0o600): string => {
  const path = join(temporaryDirectory(), "key");
  writeFileSync(path, lines);
  chmodSync(path, mode);
  return path;
};

const superuser = process.geteuid?.() === 0;
const group = 4_321;

/** What an ordinary user finds who is in the file's group: the file belongs to root, or to somebody else. */
async function mounted(mode: number, owner = 0): Promise<{ readonly code: string; readonly action: string }> {
  const path = file(text(), mode);
  const before = process.getgroups?.() ?? [];
  if (superuser) {
    chmodSync(dirname(path), 0o755);
    chownSync(path, owner, group);
    process.setgroups?.([group]);
    process.seteuid?.(65_534);
  }
  try {
    const found: unknown = await keyFile(path)
      .keys(salt)
      .catch((error: unknown) => error);
    return isBrokerAuthError(found) ? found : { code: "no error", action: "" };
  } finally {
    if (superuser) {
      process.seteuid?.(0);
      process.setgroups?.(before);
    }
  }
}

describe("a key file", () => {
  test("is made for its owner only, whole, with nothing left beside it", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "deep", "key");
    const source = keyFile(path);
    expect(await ids(source)).toEqual([]);
    const { id } = await made(source);
    expect(await ids(keyFile(path))).toEqual([id]);
    expect(modeOf(path)).toBe(0o600);
    expect(modeOf(join(directory, "deep"))).toBe(0o700);
    expect(readdirSync(join(directory, "deep"))).toEqual(["key"]);
    expect(readFileSync(path, "utf8")).toMatch(/^[\w+/]{43}=\n$/);
  });

  test("leaves the mode of a directory that was there before: it may be anybody's", async () => {
    const directory = join(temporaryDirectory(), "etc");
    mkdirSync(directory);
    chmodSync(directory, 0o755);
    await made(keyFile(join(directory, "key")));
    expect(modeOf(directory)).toBe(0o755);
  });

  test("is never overwritten: whoever comes second takes the key that is there", async () => {
    const path = join(temporaryDirectory(), "key");
    const keys = await Promise.all([made(keyFile(path)), made(keyFile(path)), made(keyFile(path))]);
    expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
    expect(await ids(keyFile(path))).toEqual([keys[0]?.id]);
  });

  test("may hold several keys, newest first, with comments and empty lines", async () => {
    const [first, second] = [text(), text()];
    const found = await ids(keyFile(file(`# since March\r\n${first}\r\n\r\n  ${second}\r\n`)));
    expect(found).toEqual([...(await ids(keyFile(file(first)))), ...(await ids(keyFile(file(second))))]);
  });

  test.each([
    ["too short", randomBytes(16).toString("base64")],
    ["too long", randomBytes(33).toString("base64")],
    ["hexadecimal", randomBytes(32).toString("hex")],
    ["in quotes", `"${randomBytes(32).toString("base64")}"`],
    ["no key at all", "correct horse battery staple"],
    ["mangled", `${randomBytes(32).toString("base64").slice(0, 40)}*${"A".repeat(2)}=`],
  ])("is store_key_wrong when a line is %s, and the line is not repeated", async (_which, line) => {
    const failure = await keyFile(file(`${line}\n`))
      .keys(salt)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "store_key_wrong" });
    expect(String(failure)).not.toContain(line.slice(1, 12));
  });

  test("is store_key_locked when others can read or change it, with the chmod to run, and keeps its mode", async () => {
    for (const mode of [0o644, 0o640, 0o604, 0o660, 0o620, 0o602, 0o666]) {
      const path = file(text(), mode);
      await expect(keyFile(path).keys(salt), mode.toString(8)).rejects.toMatchObject({
        code: "store_key_locked",
        action: expect.stringContaining(`chmod 600 ${path}`),
      });
      expect(modeOf(path)).toBe(mode);
    }
  });

  test("may be root's and readable for a group, as containers mount secrets, where this program cannot change it", async () => {
    const modes = [0o440, 0o640, 0o400, 0o444, 0o460, 0o660, 0o450];
    const codes: string[] = [];
    for (const mode of modes) codes.push((await mounted(mode)).code);
    codes.push((await mounted(0o440, 1_000)).code);
    // Without root nobody can mount anything: then the file is this program's own, which can change it.
    const taken = superuser ? "no error" : "store_key_locked";
    expect(codes).toEqual([
      taken,
      taken,
      superuser ? "store_key_locked" : "no error",
      ...Array<string>(5).fill("store_key_locked"),
    ]);
  });

  test("that is mounted for root alone is taken by root, who could read every other one as well", async () => {
    expect(await codeOf(keyFile(file(text(), 0o440)).keys(salt))).toBe(superuser ? "no error" : "store_key_locked");
  });

  test("that somebody else mounted loosely is refused with advice that this program's user can follow", async () => {
    const { action } = await mounted(0o444);
    expect(action).toMatch(superuser ? /mounted with mode 0400.* 0440/ : /chmod 600/);
    expect(action.includes("chmod")).toBe(!superuser);
  });

  test("is store_key_locked when it is a pipe, a device or too large: nothing waits for it", async () => {
    const pipe = join(temporaryDirectory(), "pipe");
    execFileSync("mkfifo", ["-m", "600", pipe]);
    for (const path of [pipe, "/dev/zero", file("#".repeat(65_537))])
      expect(await codeOf(keyFile(path).keys(salt)), path).toBe("store_key_locked");
    expect(await ids(keyFile(file(`${"#".repeat(65_000)}\n${text()}`)))).toHaveLength(1);
  });

  test("may be a link, as mounted secrets are, to a file that nobody else can read", async () => {
    const directory = temporaryDirectory();
    symlinkSync(file(text()), join(directory, "link"));
    expect(await ids(keyFile(join(directory, "link")))).toHaveLength(1);
    symlinkSync(file(text(), 0o644), join(directory, "loose"));
    expect(await codeOf(keyFile(join(directory, "loose")).keys(salt))).toBe("store_key_locked");
  });

  test("is store_key_locked when it cannot be read", async () => {
    expect(await codeOf(keyFile(temporaryDirectory()).keys(salt))).toBe("store_key_locked");
    const root = temporaryDirectory();
    const path = join(root, "key");
    writeFileSync(path, text(), { mode: 0o600 });
    chmodSync(path, 0o000);
    await asOrdinaryUser(root, async () => expect(await codeOf(keyFile(path).keys(salt))).toBe("store_key_locked"));
  });

  test("is store_unavailable when it cannot be made", async () => {
    const root = temporaryDirectory();
    makeReadOnly(root);
    await asOrdinaryUser(root, async () => {
      expect(await codeOf(made(keyFile(join(root, "key"))))).toBe("store_unavailable");
      expect(await codeOf(made(keyFile(join(root, "deep", "key"))))).toBe("store_unavailable");
    });
    expect(readdirSync(root)).toEqual([]);
  });

  test("is found wherever the program goes later", async () => {
    const directory = temporaryDirectory();
    const before = process.cwd();
    process.chdir(directory);
    const source = keyFile("key");
    process.chdir(before);
    await made(source);
    expect(readdirSync(directory)).toEqual(["key"]);
  });
});

describe("a key in the environment", () => {
  test("may be several, newest first", async () => {
    const [first, second] = [text(), text()];
    const found = await ids(environmentKey("KEY", { KEY: ` ${first}, ${second} ` }));
    expect(found).toEqual([...(await ids(keyFile(file(first)))), ...(await ids(keyFile(file(second))))]);
  });

  test("is store_key_missing when it is not set or empty, and is never made", async () => {
    for (const env of [{}, { KEY: "" }, { KEY: "  " }])
      expect(await codeOf(environmentKey("KEY", env).keys(salt))).toBe("store_key_missing");
    expect(environmentKey("KEY", {})).not.toHaveProperty("create");
  });

  test("is store_key_wrong when it is no key", async () => {
    expect(await codeOf(environmentKey("KEY", { KEY: "secret" }).keys(salt))).toBe("store_key_wrong");
  });
});
