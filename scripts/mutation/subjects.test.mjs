import { existsSync, globSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { subjects } from "./subjects.mjs";

const packages = path.join(import.meta.dirname, "../../packages");

it.each(Object.entries(subjects))(
  "what is mutated in %s is there, and so are the tests that run on it",
  (name, { files, tests = [] }) => {
    const folder = path.join(packages, name);
    expect(files.filter((file) => !existsSync(path.join(folder, file)))).toEqual([]);
    expect(tests.filter((pattern) => globSync(pattern, { cwd: folder }).length === 0)).toEqual([]);
  },
);
