import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStateFile } from "./state-file.ts";

let folder: string;
let path: string;
const state = { clockOffsetMs: 5, ports: { "nubra.api": 40_001 }, brokers: { nubra: { accounts: {} } } };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandbox-state-"));
  path = join(folder, "state.json");
});
afterEach(() => rm(folder, { recursive: true }));

test("gives back what was written, readable by its owner only", async () => {
  openStateFile(path).write(state);
  expect(openStateFile(path).read()).toEqual(state);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(["state.json"]);
});

test("finds nothing before the first run", () => {
  expect(openStateFile(path).read()).toBeUndefined();
});

test("does not write what has not changed", async () => {
  const file = openStateFile(path);
  file.write(state);
  await writeFile(path, "touched from outside");
  file.write({ ...state });
  expect(await readFile(path, "utf8")).toBe("touched from outside");
});

test.each([
  ["half a file", '{"version":1,"clock', "state_file_corrupt"],
  ["another file", '{"name":"package"}', "state_file_corrupt"],
  ["wrong types inside", '{"version":1,"clockOffsetMs":"5","ports":{},"brokers":{}}', "state_file_corrupt"],
  ["a file of a later version", '{"version":2}', "state_file_version"],
])("leaves %s alone and says so", async (_what, text, code) => {
  await writeFile(path, text);
  expect(() => openStateFile(path).read()).toThrow(expect.objectContaining({ code }));
  expect(await readFile(path, "utf8")).toBe(text);
});

test("names the folder's fault when it cannot write", () => {
  expect(() => openStateFile(join(folder, "absent", "state.json")).write(state)).toThrow(
    expect.objectContaining({ code: "state_file_unusable", message: expect.stringContaining("ENOENT") as string }),
  );
});
