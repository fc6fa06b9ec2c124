import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, sep } from "node:path";
import { isBrokerAuthError } from "@x/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  defaultDirectory,
  defaultKeyFile,
  makePrivateDirectories,
  openPrivateDirectory,
  openPrivateFile,
  resolvePath,
  tightenPrivateFile,
} from "./private-directory.ts";
import { asOrdinaryUser, modeOf, temporaryDirectory, stranger, underUmask } from "./testing/temporary-directory.ts";
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

describe("the default key file", () => {
  test("is in a folder of its own, apart from the store, where nothing roams or is taken for state", () => {
    expect(defaultKeyFile("linux", {}, "/home/a")).toBe("/home/a/.local/share/broker-auth-keys/store.key");
    expect(defaultKeyFile("linux", { XDG_DATA_HOME: "/var/data", XDG_STATE_HOME: "/var/state" }, "/home/a")).toBe(
      "/var/data/broker-auth-keys/store.key",
    );
    expect(defaultKeyFile("darwin", {}, "/Users/a")).toBe(
      "/Users/a/Library/Application Support/broker-auth-keys/store.key",
    );
    expect(defaultKeyFile("win32", { LOCALAPPDATA: "D:\\Local", APPDATA: "D:\\Roaming" }, "C:\\Users\\a")).toBe(
      "D:\\Local\\broker-auth-keys\\store.key",
    );
  });
});

// facebook/relay#2699, nodejs/node#25714, psf/black#2814: users of containers without an entry in the system's list, and unit files without HOME.
describe("a user without a home directory", () => {
  afterEach(() => void vi.unstubAllEnvs());
  test.each([undefined, "", ".", "state"])(
    "whose HOME is %j gets a typed error that says what to give, and never a place below the working directory",
    async (home) => {
      vi.stubEnv("HOME", home);
      vi.stubEnv("XDG_STATE_HOME", undefined);
      vi.stubEnv("XDG_DATA_HOME", undefined);
      expect(await outcomeForStranger(() => defaultDirectory("linux"))).toMatch(homeless("directory"));
      expect(await outcomeForStranger(() => defaultDirectory("darwin"))).toMatch(homeless("directory"));
      expect(await outcomeForStranger(() => defaultKeyFile("linux"))).toMatch(homeless("key"));
    },
  );

  test("needs none where the variable names the place", async () => {
    vi.stubEnv("HOME", undefined);
    vi.stubEnv("XDG_STATE_HOME", "/var/lib/state");
    vi.stubEnv("XDG_DATA_HOME", "/var/lib/data");
    expect(await outcomeForStranger(() => defaultDirectory("linux"))).toBe("/var/lib/state/broker-auth");
    expect(await outcomeForStranger(() => defaultKeyFile("linux"))).toBe("/var/lib/data/broker-auth-keys/store.key");
  });
});

describe("a path", () => {
  test("is resolved once, and then does not move with the working directory", () => {
    const directory = temporaryDirectory();
    const before = process.cwd();
    process.chdir(directory);
    const path = resolvePath("state/", "directory");
    process.chdir(before);
    expect(path).toBe(join(directory, "state"));
  });

  test.each([[""], ["~"], ["~/state"], [5], [null], [new URL("file:///state")]])(
    "is not %j: that is configuration",
    async (given) => {
      expect(await codeOf(() => resolvePath(given, "directory"))).toBe("configuration");
    },
  );

  test("that is relative is configuration where the working directory was removed", async () => {
    const before = process.cwd();
    const gone = join(temporaryDirectory(), "gone");
    mkdirSync(gone);
    process.chdir(gone);
    rmdirSync(gone);
    try {
      expect(await codeOf(() => resolvePath("state", "directory"))).toBe("configuration");
      expect(resolvePath("/var/state", "directory")).toBe("/var/state");
    } finally {
      process.chdir(before);
    }
  });
});

describe.each([0o000, 0o022, 0o077, 0o777])("under umask %o", (mask) => {
  test("directories are made 0700 and files 0600, by ordinary users too", async () => {
    const root = temporaryDirectory();
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
    const directory = join(temporaryDirectory(), "loose");
    mkdirSync(directory, { mode: 0o777 });
    chmodSync(directory, 0o777);
    openPrivateDirectory(directory);
    expect(modeOf(directory)).toBe(0o700);
  });

  test("leaves the directories above it as they are", () => {
    const above = join(temporaryDirectory(), "above");
    mkdirSync(above);
    chmodSync(above, 0o755);
    openPrivateDirectory(join(above, "store"));
    makePrivateDirectories(above);
    expect(modeOf(above)).toBe(0o755);
  });

  test("is refused when it is a link, also with a slash at the end, and what the link leads to keeps its mode", async () => {
    const root = temporaryDirectory();
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
    const file = join(temporaryDirectory(), "file");
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
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "text");
    chmodSync(file, 0o666);
    openPrivateFile(file);
    expect(modeOf(file)).toBe(0o600);
    expect(readFileSync(file, "utf8")).toBe("text");
  });

  test("is refused when it is a symbolic or a hard link, and the other file keeps its bytes and mode", async () => {
    const root = temporaryDirectory();
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
    const file = join(temporaryDirectory(), "file");
    tightenPrivateFile(file);
    expect(existsSync(file)).toBe(false);
  });
});

/** Only the superuser can become one; anybody else has an entry, and then that one counts. */
/** What a user finds whom the system's list does not know. Only the superuser can become one: anybody else has a home there. */
async function outcomeForStranger(work: () => string): Promise<string> {
  return asOrdinaryUser(
    temporaryDirectory(),
    async () => {
      try {
        return work();
      } catch (error) {
        return isBrokerAuthError(error) ? `${error.code} ${error.field}. ${error.action}` : String(error);
      }
    },
    stranger,
  );
}

function homeless(field: string): RegExp {
  return process.geteuid?.() === 0 ? new RegExp(`^configuration ${field}. Give `) : /^[/].*broker-auth/;
}

function foreignDirectory(): string {
  if (process.geteuid?.() !== 0) return "/";
  const directory = join(temporaryDirectory(), "foreign");
  mkdirSync(directory);
  chownSync(directory, 65_534, 65_534);
  return directory;
}
