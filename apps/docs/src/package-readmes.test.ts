import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./markdown.ts";

// Who knows one README finds everything in the others. What only one package has stands between these.
const order = [
  "Install",
  "Smallest program",
  "Options",
  "What it may ask the user for",
  "Sessions and expiry",
  "Errors",
  "Limits",
  "Dependencies",
];
const adapters = new Set(["nubra", "kotak-neo", "zerodha", "angel-one"]);
const always = new Set(["Install", "Smallest program", "Limits", "Dependencies"]);

describe.each(readdirSync(join(root, "packages")))("README of @x/%s", (name) => {
  const text = readFileSync(join(root, "packages", name, "README.md"), "utf8");
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading = ""]) => heading.replace(/ of `\w+`$/, ""));
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8")) as {
    readonly dependencies?: Readonly<Record<string, string>>;
  };

  it("says first what the package is, and then the same things in the same order", () => {
    expect(text).toMatch(new RegExp(`^# @x/${name}\n\n\\S`));
    const known = headings.filter((heading) => order.includes(heading));
    expect(known).toStrictEqual(order.filter((heading) => known.includes(heading)));
    const required = order.filter((heading) => adapters.has(name) || always.has(heading));
    expect(known).toStrictEqual(expect.arrayContaining(required));
    expect(headings.at(-1)).toBe("Dependencies");
  });

  it("says why each dependency is there", () => {
    const [, section = ""] = text.split("\n## Dependencies\n");
    const named = [...section.matchAll(/`(@?[\w-]+(?:\/[\w-]+)?)`/g)].map(([, dependency = ""]) => dependency);
    const foreign = Object.keys(dependencies).filter((dependency) => dependency !== "@x/core");
    expect(foreign.filter((dependency) => !named.includes(dependency))).toStrictEqual([]);
  });
});
