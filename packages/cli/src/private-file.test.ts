import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { CheckedRecordNotes } from "./checked-records.ts";
import { ConfigurationCache } from "./configuration-cache.ts";
import { readPrivately, writePrivately } from "./private-file.ts";
import { ToldStates } from "./told-states.ts";

const record = {
  revision: 1,
  header: { state: "logged_in" as const, expiresAt: 1, generation: 1, obtainedBy: "login" as const },
  body: new Uint8Array([1]),
};

/** Ways in which others may have left a file with the right words in it. */
const planted: readonly ((path: string) => void)[] = [
  (path) => chmodSync(path, 0o620),
  (path) => chmodSync(path, 0o602),
  (path) => {
    renameSync(path, `${path}.others`);
    symlinkSync(`${path}.others`, path);
  },
  // Only the system's administrator can give a file away.
  ...(process.geteuid?.() === 0 ? [(path: string): void => chownSync(path, 65_534, 65_534)] : []),
];

const keepers: readonly [string, (folder: string) => { readonly knows: () => boolean; readonly keep: () => void }][] = [
  [
    "which records were checked",
    (folder) => {
      const notes = new CheckedRecordNotes(folder);
      return { knows: () => notes.has(record), keep: () => notes.keep(record) };
    },
  ],
  [
    "what a configuration said",
    (folder) => {
      const cache = new ConfigurationCache("/a/configuration", folder);
      return {
        knows: () => cache.find("a: 1") !== undefined,
        keep: () => {
          cache.keep("a: 1", { a: 1 });
          cache.write(true);
        },
      };
    },
  ],
  [
    "what a person was told",
    (folder) => {
      const told = new ToldStates("/a/configuration", folder);
      return {
        knows: () => !told.isNews("main", { reason: "a" }),
        keep: () => void told.isNews("main", { reason: "a" }),
      };
    },
  ],
];

it.skipIf(process.platform === "win32").each(keepers)(
  "a note of %s counts only as a file: a pipe in its place holds nobody up, and is replaced",
  (_, open) => {
    const folder = mkdtempSync(join(tmpdir(), "ba-kept-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { knows, keep } = open(folder);
    keep();
    expect(knows()).toBe(true);
    const [name = ""] = readdirSync(folder);
    const path = join(folder, name);
    rmSync(path);
    execFileSync("mkfifo", [path]);
    // Whoever opens it all the same is let go after two seconds.
    const writer = spawn("sh", ["-c", 'sleep 2; : > "$1"', "sh", path], { stdio: "ignore" });
    onTestFinished(() => void writer.kill());
    const began = performance.now();
    expect(knows()).toBe(false);
    expect(performance.now() - began).toBeLessThan(1_500);
    keep();
    expect(lstatSync(path).isFile()).toBe(true);
    expect(knows()).toBe(true);
  },
);

it.skipIf(process.platform === "win32").each(keepers)(
  "a note of %s counts only where it is this user's alone: what was planted while its folder was open to others is replaced",
  (_, open) => {
    const folder = mkdtempSync(join(tmpdir(), "ba-kept-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { knows, keep } = open(folder);
    keep();
    const path = join(folder, readdirSync(folder)[0] ?? "");
    for (const plant of planted) {
      plant(path);
      expect(knows()).toBe(false);
      keep();
      expect([knows(), lstatSync(path).isFile(), lstatSync(path).mode & 0o777]).toEqual([true, true, 0o600]);
    }
  },
);

it("a note that is larger than any of ours is not read", () => {
  const folder = mkdtempSync(join(tmpdir(), "ba-kept-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "note");
  writePrivately(path, "{}");
  expect(readPrivately(path)).toBe("{}");
  truncateSync(path, 2 ** 30);
  expect(() => readPrivately(path)).toThrow("no file of ours");
});
