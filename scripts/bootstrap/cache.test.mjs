import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { prepareOnce } from "./cache.mjs";

let cache;
beforeEach(() => (cache = fs.mkdtempSync(path.join(os.tmpdir(), "broker-auth-cache-"))));
afterEach(() => fs.rmSync(cache, { recursive: true, force: true }));

const tool = (options = {}) => ({
  folder: path.join(cache, "tool-1.0.0"),
  executable: "tool",
  prepare: async (temporary) => fs.writeFileSync(path.join(temporary, "tool"), "works"),
  check: () => {},
  ...options,
});
const refuse = () => {
  throw new Error("does not run here");
};

const slowly = async (temporary) => {
  await setImmediate();
  fs.writeFileSync(path.join(temporary, "tool"), "works");
};

test("prepares a tool once and finds it afterwards", async () => {
  const file = await prepareOnce(tool());
  expect(fs.readFileSync(file, "utf8")).toBe("works");
  expect(await prepareOnce(tool({ prepare: refuse }))).toBe(file);
});

test("runs that start at the same time end with one whole tool and nothing beside it", async () => {
  const files = await Promise.all(Array.from({ length: 8 }, () => prepareOnce(tool({ prepare: slowly }))));
  expect(new Set(files).size).toBe(1);
  expect(fs.readdirSync(cache)).toEqual(["tool-1.0.0"]);
});

test("leaves nothing behind when preparing fails or the tool does not work", async () => {
  await expect(prepareOnce(tool({ prepare: async () => refuse() }))).rejects.toThrow("does not run here");
  await expect(prepareOnce(tool({ check: refuse }))).rejects.toThrow("does not run here");
  expect(fs.readdirSync(cache)).toEqual([]);
});

test("replaces a folder that lost its program", async () => {
  fs.mkdirSync(path.join(cache, "tool-1.0.0", "rest"), { recursive: true });
  expect(fs.readFileSync(await prepareOnce(tool()), "utf8")).toBe("works");
});

test("removes what a killed run left a day ago, and not what another run is preparing", async () => {
  const abandoned = path.join(cache, "tool-0.9.0.new-abc");
  const underWay = path.join(cache, "tool-0.9.0.new-def");
  for (const folder of [abandoned, underWay]) fs.mkdirSync(folder);
  const twoDaysAgo = new Date(Date.now() - 48 * 60 * 60_000);
  fs.utimesSync(abandoned, twoDaysAgo, twoDaysAgo);
  await prepareOnce(tool());
  expect(fs.readdirSync(cache).toSorted()).toEqual(["tool-0.9.0.new-def", "tool-1.0.0"]);
});

test("says which setting helps when the cache cannot be written", async () => {
  fs.writeFileSync(path.join(cache, "file"), "");
  const folder = path.join(cache, "file", "tools", "tool-1.0.0");
  await expect(prepareOnce(tool({ folder }))).rejects.toThrow("set BROKER_AUTH_TOOLS to a folder that can");
});
