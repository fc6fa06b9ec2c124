import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, sep } from "node:path";
import { describe, expect, test } from "vitest";
import {
  defaultDirectory,
  makePrivateDirectories,
  openPrivateDirectory,
  openPrivateFile,
  tightenPrivateFile,
} from "./private-directory.ts";
import { asOrdinaryUser, modeOf, place, underUmask } from "./testing/place.ts";
import { codeOf } from "./testing/sample.ts";

describe("the default directory", () => {
  test("is where each platform keeps a program's state", () => {
    expect(defaultDirectory("linux", {}, "/home/a")).toBe("/home/a/.local/state/broker-auth");
    expect(defaultDirectory("linux", { XDG_STATE_HOME: "/var/state" }, "/home/a")).toBe("/var/state/broker-auth");
    expect(defaultDirectory("darwin", { XDG_STATE_HOME: "/var/state" }, "/Users/a")).toBe(
      "/Users/a/Library/Application Support/broker-auth",
    );
    expect(defaultDirectory("win32", {}, "C:\\Users\\a")).toBe("C:\\Users\\a\\AppData\\Local\\broker-auth");
    expect(defaultDirectory("win32", { LOCALAPPDATA: "D:\\Local" }, "C:\\Users\\a")).toBe("D:\\Local\\broker-auth");
  });

  test("does not depend on the working directory when a variable is empty or relative", () => {
    for (const value of ["", "state", "./state"])
      expect(defaultDirectory("linux", { XDG_STATE_HOME: value }, "/home/a")).toBe("/home/a/.local/state/broker-auth");
    expect(defaultDirectory("win32", { LOCALAPPDATA: "" }, "C:\\Users\\a")).toBe(
      "C:\\Users\\a\\AppData\\Local\\broker-auth",
    );
  });
});

describe.each([0o000, 0o022, 0o077, 0o777])("under umask %o", (mask) => {
  test("directories are made 0700 and files 0600, by ordinary users too", async () => {
    const root = place();
    const directory = join(root, "a", "b", "c");
    await asOrdinaryUser(root, () =>
      underUmask(mask, () => {
        openPrivateDirectory(directory);
        openPrivateFile(join(directory, "file"));
      }),
    );
    for (const made of ["a", "a/b", "a/b/c"]) expect(modeOf(join(root, made)), made).toBe(0o700);
    expect(modeOf(join(directory, "file"))).toBe(0o600);
  });
});

describe("a private directory", () => {
  test("is tightened when it was loose", () => {
    const directory = join(place(), "loose");
    mkdirSync(directory, { mode: 0o777 });
    chmodSync(directory, 0o777);
    openPrivateDirectory(directory);
    expect(modeOf(directory)).toBe(0o700);
  });

  test("leaves the directories above it as they are", () => {
    const above = join(place(), "above");
    mkdirSync(above);
    chmodSync(above, 0o755);
    openPrivateDirectory(join(above, "store"));
    makePrivateDirectories(above);
    expect(modeOf(above)).toBe(0o755);
  });

  test("is refused when it is a link, also with a slash at the end, and what the link leads to keeps its mode", async () => {
    const root = place();
    const foreign = join(root, "foreign");
    mkdirSync(foreign);
    chmodSync(foreign, 0o755);
    symlinkSync(foreign, join(root, "link"));
    symlinkSync(join(root, "nowhere"), join(root, "dangling"));
    for (const name of ["link", `link${sep}`, "dangling"])
      expect(await codeOf(() => openPrivateDirectory(root + sep + name)), name).toBe("store_unavailable");
    expect(modeOf(foreign)).toBe(0o755);
    expect(existsSync(join(root, "nowhere"))).toBe(false);
  });

  test("is refused when it is a file", async () => {
    const file = join(place(), "file");
    writeFileSync(file, "text");
    expect(await codeOf(() => openPrivateDirectory(file))).toBe("store_unavailable");
    expect(await codeOf(() => openPrivateDirectory(join(file, "below")))).toBe("store_unavailable");
  });

  test("is refused when it belongs to somebody else", async () => {
    expect(await codeOf(() => openPrivateDirectory(foreignDirectory()))).toBe("store_unavailable");
  });
});

describe("a private file", () => {
  test("is tightened when it was loose, and keeps its bytes", () => {
    const file = join(place(), "file");
    writeFileSync(file, "text");
    chmodSync(file, 0o666);
    openPrivateFile(file);
    expect(modeOf(file)).toBe(0o600);
    expect(readFileSync(file, "utf8")).toBe("text");
  });

  test("is refused when it is a symbolic or a hard link, and the other file keeps its bytes and mode", async () => {
    const root = place();
    const foreign = join(root, "foreign");
    writeFileSync(foreign, "text");
    chmodSync(foreign, 0o644);
    symlinkSync(foreign, join(root, "soft"));
    symlinkSync(join(root, "nowhere"), join(root, "dangling"));
    for (const name of ["soft", "dangling"]) {
      expect(await codeOf(() => openPrivateFile(join(root, name))), name).toBe("store_unavailable");
      expect(await codeOf(() => tightenPrivateFile(join(root, name))), name).toBe("store_unavailable");
    }
    linkSync(foreign, join(root, "hard"));
    expect(await codeOf(() => openPrivateFile(join(root, "hard")))).toBe("store_unavailable");
    expect(await codeOf(() => tightenPrivateFile(join(root, "hard")))).toBe("store_unavailable");
    expect(modeOf(foreign)).toBe(0o644);
    expect(readFileSync(foreign, "utf8")).toBe("text");
    expect(lstatSync(join(root, "nowhere"), { throwIfNoEntry: false })).toBeUndefined();
  });

  test("is not made where only its mode is asked for", () => {
    const file = join(place(), "file");
    tightenPrivateFile(file);
    expect(existsSync(file)).toBe(false);
  });
});

function foreignDirectory(): string {
  if (process.geteuid?.() !== 0) return "/";
  const directory = join(place(), "foreign");
  mkdirSync(directory);
  chownSync(directory, 65_534, 65_534);
  return directory;
}
