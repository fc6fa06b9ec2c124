import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { promisify } from "node:util";
import { createBrokerAuth, memoryStore } from "@x/core";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { describe, expect, it } from "vitest";
import { openTestEnvironment } from "@x/test-environment";
import { readMarkdown, root } from "./markdown.ts";
import { openProgramFolder, programs } from "./program-folder.ts";

const pages = readdirSync(join(root, "docs"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`);
const documents = [...pages, "packages/core/README.md"];

/** Pieces that are executed or parsed by the test of their document; the others are there to be looked at. */
const languages = new Set(["ts", "sh", "yaml", "ini", "dockerfile", "sql", "text"]);

describe.each(documents)("%s", (path) => {
  const document = readMarkdown(path);

  it("has no link that leads nowhere", () => {
    const broken = document.links.filter((link) => {
      if (link.startsWith("https://")) return false;
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? path : posix.join(dirname(path), file);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !readMarkdown(target).anchors.has(anchor);
    });
    expect(broken).toStrictEqual([]);
  });

  it("has no path of somebody's own computer", () => {
    expect(document.text).not.toMatch(/(?:\/work\/|\/home\/|\/Users\/|\/root\b|\/tmp\b|[A-Z]:\\)/);
  });

  it("has no piece of a kind that no test looks at", () => {
    const kinds = document.blocks.map(({ language }) => language);
    expect(kinds.filter((language) => !languages.has(language))).toStrictEqual([]);
  });

  it("has no command that this repository does not have", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const commands = [...document.text.matchAll(/\bnpm (?:run )?(\w+)/g)].map(([, name = ""]) => name);
    // npm's own.
    const known = new Set([...Object.keys(scripts), "install", "ci"]);
    expect(commands.filter((name) => !known.has(name))).toStrictEqual([]);
  });
});

it.each(["README.md", "docs/README.md"])("%s leads to every page of docs", (path) => {
  const { links } = readMarkdown(path);
  const reached = links.map((link) => posix.join(dirname(path), link.split("#")[0] ?? ""));
  expect(pages.filter((page) => page !== path && !reached.includes(page))).toStrictEqual([]);
});

describe("what the documents name", () => {
  const prose = documents.map((path) => readMarkdown(path).text).join("\n");
  const named = (pattern: RegExp): string[] => [...new Set([...prose.matchAll(pattern)].map(([, name = ""]) => name))];

  it("are methods that the engine has", () => {
    const accounts = { main: { broker: "nubra", phone: "9000000001" } } as const;
    const auth = createBrokerAuth({ brokers: [nubra()], accounts, store: memoryStore() });
    expect(named(/\bauth\.(\w+)\(/g).filter((name) => !Object.hasOwn(auth, name))).toStrictEqual([]);
  });

  it("are variables that the adapters know", () => {
    const fields = [nubra(), kotakNeo()].flatMap((provider) => Object.values(provider.fields));
    const known = new Set(fields.flatMap(({ env }) => env || []));
    const variables = named(/\b((?:NUBRA|KOTAK_NEO)_[A-Z_]+)\b/g);
    expect(variables.length).toBeGreaterThan(5);
    expect(variables.filter((name) => !known.has(name))).toStrictEqual([]);
  });

  it("are paths at the brokers that the sandbox has", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine({ store: memoryStore() });
    await auth.loginAll();
    const paths = named(/[`"]((?:\/portfolio|\/quick|\/orders|\/userinfo)[\w/-]*)[`"]/g);
    expect(paths.length).toBeGreaterThan(5);
    for (const path of paths) {
      const account = /^\/quick|\/v1\//.test(path) ? "hedge" : "main";
      const { status } = await auth.fetch(account, path, path.endsWith("/limits") ? { method: "POST" } : {});
      expect(status, path).not.toBe(404);
    }
  });
});

describe("the pages below docs", () => {
  it("are all in the index", () => {
    const { links } = readMarkdown("docs/README.md");
    const names = pages.map((page) => page.slice("docs/".length)).filter((name) => name !== "README.md");
    expect(names.filter((name) => !links.includes(name))).toStrictEqual([]);
  });

  it.each(pages)("%s has no program without a name, and none that no test runs", (path) => {
    const page = readMarkdown(path);
    const files = programs(page);
    expect(Object.keys(files)).toHaveLength(page.blocks.filter(({ language }) => language === "ts").length);
    const test = join(root, "apps/docs/src", path.replace("docs/", "").replace(/\.md$/, ".test.ts"));
    const tried = existsSync(test) ? readFileSync(test, "utf8") : "";
    const imported = Object.values(files).join("\n");
    const untried = Object.keys(files).filter(
      (name) => !tried.includes(`run("${name}"`) && !tried.includes("run(name)") && !imported.includes(`"./${name}"`),
    );
    expect(untried).toStrictEqual([]);
  });
});

describe("the README of @x/core", () => {
  it("installs packages that this repository publishes", () => {
    const [line = "", ...others] = readMarkdown("packages/core/README.md").blocks.filter(
      ({ language }) => language === "sh",
    );
    expect(others).toStrictEqual([]);
    const names = (line === "" ? "" : line.text).trim().replace("npm install ", "").split(" ");
    expect(names[0]).toBe("@x/core");
    for (const name of names) {
      const manifest = readFileSync(join(root, "packages", name.replace("@x/", ""), "package.json"), "utf8");
      expect(JSON.parse(manifest)).not.toHaveProperty("private");
    }
  });
});

it("all programs have the right types", { timeout: 60_000 }, async () => {
  await using work = await openProgramFolder();
  for (const path of documents) {
    const folder = path.replaceAll(/\W/g, "-");
    const files = programs(readMarkdown(path));
    await work.write(Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text])));
  }
  const [smallest, byKy, asking] = readMarkdown("packages/core/README.md").blocks.filter(
    ({ language }) => language === "ts",
  );
  const before = (smallest?.text ?? "").replace(/^await auth\.close.*$/m, "");
  const given = "declare const order: object, ask: (question: string) => Promise<string>;\n";
  await work.write({
    "readme.ts": before + given + (byKy?.text ?? "") + (asking?.text ?? ""),
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        target: "ES2023",
        lib: ["ES2024", "ESNext.Disposable"],
        module: "nodenext",
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        types: ["node"],
        typeRoots: [join(root, "node_modules/@types")],
        noEmit: true,
        allowImportingTsExtensions: true,
        skipLibCheck: true,
        customConditions: ["@x/source"],
      },
      include: ["**/*.ts"],
    }),
  });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", work.path], {
    cwd: work.path,
  }).catch((error: unknown) => error as { readonly stdout: string });
  // What is wrong in a package is told by the check of the packages.
  const ours = stdout.split("\n").filter((line) => /^\S+\.ts\(/.test(line) && !line.startsWith(".."));
  expect(ours).toStrictEqual([]);
});
