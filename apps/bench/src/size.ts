import { execFileSync } from "node:child_process";
import { globSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { anchor, atMost, type Bench, type Comparison, type Figure, type Goal, ours } from "./bench.ts";
import { type Bundle, bundle } from "./bundle.ts";
import { countPackages, packageDirectory } from "./installed-packages.ts";
import { takeTurns } from "./rounds.ts";
import { fixed, less, median } from "./sample.ts";
import { singleFileGzipBytes } from "./single-file.ts";
import { pathOf, type ProgramName } from "./program.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const libraries = ["ky", "otplib", "zod/mini"];
const bundledAnchors = {
  "@octokit/auth-app": join(here, "octokit-app.ts"),
  "@azure/core-rest-pipeline": join(here, "azure-policy.ts"),
  "google-auth-library": join(here, "google-client.ts"),
  "@azure/identity": pathOf("azure-identity-session"),
  kiteconnect: pathOf("kite-session"),
} as const;

export const size: Bench = {
  name: "size",
  measures: "what a program carries, installs and loads",
  async run({ scale, directory }) {
    return [
      await programs(),
      await parts(),
      await adapters(),
      packages(),
      await importTime(directory, scale === "full" ? 25 : 1),
    ];
  },
};

const kilo = (bytes: number): number => bytes / 1_000;

async function programs(): Promise<Comparison> {
  const figures: Figure[] = [];
  const goals: Goal[] = [];
  for (const [broker, entry] of [
    ["Nubra", pathOf("nubra-session")],
    ["Kotak Neo", pathOf("kotak-neo-session")],
    ["Zerodha", pathOf("zerodha-session")],
    ["Angel One", pathOf("angel-one-session")],
  ] as const) {
    const files = await allOf(entry);
    const file = kilo(await singleFileGzipBytes(entry));
    figures.push(ours(`createBrokerAuth, memory store, ${broker}`, fixed(files)));
    figures.push(ours(`the same as one file, by esbuild`, fixed(file)));
    goals.push(atMost(`kB, ${broker}`, files, 55), atMost(`kB, ${broker}, by esbuild`, file, 55));
  }
  const others: Figure[] = [];
  for (const [name, entry] of Object.entries(bundledAnchors)) others.push(anchor(name, fixed(await allOf(entry))));
  return {
    what: "a program with everything it needs, minified, gzip",
    unit: "kB",
    figures: [...figures, anchor("ky + zod/mini + otplib", fixed(await allOf(join(here, "ky-login.ts")))), ...others],
    goals,
  };
}

async function allOf(entry: string): Promise<number> {
  return kilo((await bundle(entry)).gzipBytes);
}

async function parts(): Promise<Comparison> {
  const core = kilo((await withoutLibraries("core-entry")).startGzipBytes);
  const nubra = kilo((await withoutLibraries("nubra-entry")).gzipBytes);
  const kotakNeo = kilo((await withoutLibraries("kotak-neo-entry")).gzipBytes);
  return {
    what: "entries without ky, otplib and zod, minified, gzip",
    unit: "kB",
    figures: [
      ours("@x/core", fixed(core)),
      ours("@x/nubra, with what it takes from @x/core/adapter", fixed(nubra)),
      ours("@x/kotak-neo, with what it takes from @x/core/adapter", fixed(kotakNeo)),
    ],
    goals: [atMost("kB, @x/core", core, 12)],
  };
}

/** What an adapter adds to a program that has core, its part for adapters included. */
async function adapters(): Promise<Comparison> {
  const figures: Figure[] = [];
  const goals: Goal[] = [];
  for (const name of ["nubra", "kotak-neo", "zerodha", "angel-one"] as const) {
    const entry = pathOf(`${name}-entry`);
    const own = kilo((await bundle(entry, { without: [...libraries, "@x/core", "@x/core/adapter"] })).gzipBytes);
    figures.push(ours(`@x/${name}`, fixed(own)));
    goals.push(atMost(`kB, @x/${name}`, own, 8));
  }
  return { what: "adapters without core, ky, otplib and zod, minified, gzip", unit: "kB", figures, goals };
}

function withoutLibraries(program: ProgramName): Promise<Bundle> {
  return bundle(pathOf(program), { without: libraries });
}

function packages(): Comparison {
  const mine = countPackages(["@x/core", "@x/nubra"]);
  return {
    what: "packages that are installed",
    unit: "packages",
    figures: [
      ours("@x/core and @x/nubra", fixed(mine)),
      ...Object.keys(bundledAnchors).map((name) => anchor(name, fixed(countPackages([name])))),
    ],
    goals: [atMost("packages", mine, 13)],
  };
}

async function importTime(directory: string, rounds: number): Promise<Comparison> {
  const empty = join(directory, "empty.mjs");
  const loader = join(directory, "loader.mjs");
  writeFileSync(empty, "export {};\n");
  writeFileSync(
    loader,
    `const before = process.cpuUsage();
await import(process.argv[2]);
const { user, system } = process.cpuUsage(before);
console.log((user + system) / 1000);
`,
  );
  const imported = (url: string) => (): number =>
    Number(execFileSync(process.execPath, [loader, url], { encoding: "utf8" }));
  const built = ["@x/core", "@x/nubra", "@x/kotak-neo", "@x/zerodha", "@x/angel-one"].map((name) => ({
    name,
    ...builtEntry(name),
  }));
  const ready = built.every(({ url }) => url !== undefined);
  const others = [...libraries, ...Object.keys(bundledAnchors)];
  const samples = await takeTurns(
    Object.fromEntries([
      ["empty", imported(pathToFileURL(empty).href)],
      ...(ready ? built.map(({ name, url }) => [name, imported(url ?? "")] as const) : []),
      ...others.map((name) => [name, imported(import.meta.resolve(name))] as const),
    ]),
    { rounds, warmUp: 1 },
  );
  const above = (name: string): readonly number[] => less(samples[name] ?? [], median(samples["empty"] ?? []));
  return {
    what: `import, CPU time above ${median(samples["empty"] ?? []).toFixed(1)} ms for an empty module${ready ? "" : " (ours not built: npm run build)"}`,
    unit: "ms",
    figures: [
      ...(ready
        ? built.map(({ name, stale }) => ours(name, above(name), stale ? "older than its source" : undefined))
        : []),
      ...others.map((name) => anchor(name, above(name))),
    ],
    goals: ready ? built.map(({ name }) => atMost(`ms, ${name}`, median(above(name)), 5)) : [],
  };
}

function builtEntry(name: string): { readonly url: string | undefined; readonly stale: boolean } {
  const place = packageDirectory(name, here);
  const entry = join(place, "dist/index.js");
  const built = statSync(entry, { throwIfNoEntry: false });
  if (built === undefined) return { url: undefined, stale: false };
  const sources = globSync("src/**/*.ts", { cwd: place, exclude: (path) => path.endsWith(".test.ts") });
  const stale = sources.some((path) => statSync(join(place, path)).mtimeMs > built.mtimeMs);
  return { url: pathToFileURL(entry).href, stale };
}
