import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { environmentKey, keyFile } from "./key-file-source.ts";
import type { KeySource, StoreKey } from "./store-key.ts";
import { asOrdinaryUser, makeReadOnly, modeOf, place } from "./testing/place.ts";
import { codeOf } from "./testing/sample.ts";

const salt = Buffer.alloc(16);
const text = (): string => randomBytes(32).toString("base64");
const ids = async (source: KeySource): Promise<string[]> => (await source.keys(salt)).map(({ id }) => id);
const made = async (source: KeySource): Promise<StoreKey> => {
  if (source.create === undefined) throw new Error("this source makes no keys");
  return source.create();
};
const file = (lines: string, mode = 0o600): string => {
  const path = join(place(), "key");
  writeFileSync(path, lines);
  chmodSync(path, mode);
  return path;
};

describe("a key file", () => {
  test("is made for its owner only, whole, with nothing left beside it", async () => {
    const directory = place();
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
    const directory = join(place(), "etc");
    mkdirSync(directory);
    chmodSync(directory, 0o755);
    await made(keyFile(join(directory, "key")));
    expect(modeOf(directory)).toBe(0o755);
  });

  test("is never overwritten: whoever comes second takes the key that is there", async () => {
    const path = join(place(), "key");
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

  test("is store_key_locked when others can read it, and keeps its mode", async () => {
    for (const mode of [0o644, 0o640, 0o604, 0o660]) {
      const path = file(text(), mode);
      expect(await codeOf(keyFile(path).keys(salt)), mode.toString(8)).toBe("store_key_locked");
      expect(modeOf(path)).toBe(mode);
    }
  });

  test("may be a link, as mounted secrets are, to a file that nobody else can read", async () => {
    const directory = place();
    symlinkSync(file(text()), join(directory, "link"));
    expect(await ids(keyFile(join(directory, "link")))).toHaveLength(1);
    symlinkSync(file(text(), 0o644), join(directory, "loose"));
    expect(await codeOf(keyFile(join(directory, "loose")).keys(salt))).toBe("store_key_locked");
  });

  test("is store_key_locked when it cannot be read", async () => {
    expect(await codeOf(keyFile(place()).keys(salt))).toBe("store_key_locked");
    const root = place();
    const path = join(root, "key");
    writeFileSync(path, text(), { mode: 0o600 });
    chmodSync(path, 0o000);
    await asOrdinaryUser(root, async () => expect(await codeOf(keyFile(path).keys(salt))).toBe("store_key_locked"));
  });

  test("is store_unavailable when it cannot be made", async () => {
    const root = place();
    makeReadOnly(root);
    await asOrdinaryUser(root, async () => {
      expect(await codeOf(made(keyFile(join(root, "key"))))).toBe("store_unavailable");
      expect(await codeOf(made(keyFile(join(root, "deep", "key"))))).toBe("store_unavailable");
    });
    expect(readdirSync(root)).toEqual([]);
  });

  test("is found wherever the program goes later", async () => {
    const directory = place();
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
