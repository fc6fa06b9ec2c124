import { existsSync, readFileSync } from "node:fs";
import { providerConformance } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { zerodha } from "@x/zerodha";

const guide = new URL("../../../docs/add-a-broker.md", import.meta.url);
const text = readFileSync(guide, "utf8");
const own = "../packages/zerodha/src/";

/** A piece of code in the guide, and the file that the last link before it leads to. */
const pieces = [...text.matchAll(/^```\w*\n(.*?)^```$/gms)].map(({ index, 1: code = "" }) => {
  const [, file = ""] = [...text.slice(0, index).matchAll(/\]\((\.\.\/[^)]+)\)/g)].at(-1) ?? [];
  return { file, code };
});

describe("docs/add-a-broker.md", () => {
  it("has ten steps", () => {
    const steps = [...text.matchAll(/^## (\d+)\. /gm)].map(([, step]) => Number(step));
    expect(steps).toStrictEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it.each(pieces)("shows a piece that stands in $file", ({ file, code }) => {
    expect(readFileSync(new URL(file, guide), "utf8")).toContain(code);
  });

  it("shows pieces", () => {
    expect(pieces.length).toBeGreaterThan(5);
  });

  it("names every file of the adapter", () => {
    const named = [...text.matchAll(/\]\((\.\.\/[^)#]+)\)/g)].map(([, link = ""]) => link);
    expect(named.filter((link) => !existsSync(new URL(link, guide)))).toStrictEqual([]);
    const source = readFileSync(new URL(`${own}provider.ts`, guide), "utf8");
    const imported = [...source.matchAll(/from "\.\/([\w-]+\.ts)"/g)].map(([, name = ""]) => own + name);
    expect(imported.filter((link) => !named.includes(link))).toStrictEqual([]);
  });

  it("names every rule of the kit", () => {
    const rules: string[] = [];
    const runner = {
      describe: (_title: string, body: () => void) => body(),
      it: (title: string) => void rules.push(title),
    };
    providerConformance(runner, () => Promise.reject(new Error("no rule is run here")));
    const [, table = ""] = text.split("What the kit checks");
    const rows = [...table.matchAll(/^\| (?!-|Rule)(.+?) *\|/gm)].map(([, title = ""]) => title);
    expect(rows).toStrictEqual(rules);
  });

  it("names every member that a provider may leave out", () => {
    const provider = zerodha();
    const optional = ["renew", "probe", "serverTime", "socket", "network", "revoke", "enrolment"];
    for (const name of optional) expect(text).toContain(`\`${name}\``);
    expect(optional.filter((name) => Object.hasOwn(provider, name))).toStrictEqual(["probe", "socket", "revoke"]);
  });
});
