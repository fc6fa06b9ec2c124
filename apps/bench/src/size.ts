import { execFileSync } from "node:child_process";
import { globSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { anchor, atMost, type Bench, type Comparison, type Figure, ours } from "./bench.ts";
import { type Bundle, bundle } from "./bundle.ts";
import { countPackages, packageDirectory } from "./installed-packages.ts";
import { takeTurns } from "./rounds.ts";
import { fixed, less, median } from "./sample.ts";
import { pathOf, type ProgramName } from "./program.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
// What core loads at the first code.
const lazyParts = ["@otplib/core", "@otplib/hotp"];
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
    return [await programs(), await parts(), packages(), await importTime(directory, scale === "full" ? 25 : 1)];
  },
};

const kilo = (bytes: number): number => bytes / 1_000;

async function programs(): Promise<Comparison> {
  const nubra = await allOf(pathOf("nubra-session"));
  const kotakNeo = await allOf(pathOf("kotak-neo-session"));
  const others: Figure[] = [];
  for (const [name, entry] of Object.entries(bundledAnchors)) others.push(anchor(name, fixed(await allOf(entry))));
  return {
    what: "a program with everything it needs, minified, gzip",
    unit: "kB",
    figures: [
      ours("createBrokerAuth, memory store, Nubra", fixed(nubra)),
      ours("createBrokerAuth, memory store, Kotak Neo", fixed(kotakNeo)),
      anchor("ky + zod/mini + otplib", fixed(await allOf(join(here, "ky-login.ts")))),
      ...others,
    ],
    goals: [atMost("kB, Nubra", nubra, 33), atMost("kB, Kotak Neo", kotakNeo, 33)],
  };
}

async function allOf(entry: string): Promise<number> {
  return kilo((await bundle(entry)).gzipBytes);
}

async function parts(): Promise<Comparison> {
  const core = kilo((await withoutLazyParts("core-entry")).startGzipBytes);
  const nubra = kilo((await withoutLazyParts("nubra-entry")).gzipBytes);
  const kotakNeo = kilo((await withoutLazyParts("kotak-neo-entry")).gzipBytes);
  return {
    what: "entries without otplib, minified, gzip",
    unit: "kB",
    figures: [
      ours("@x/core", fixed(core)),
      ours("@x/nubra, with what it takes from @x/core/adapter", fixed(nubra)),
      ours("@x/kotak-neo, with what it takes from @x/core/adapter", fixed(kotakNeo)),
    ],
    goals: [atMost("kB, @x/core", core, 12)],
  };
}

function withoutLazyParts(program: ProgramName): Promise<Bundle> {
  return bundle(pathOf(program), { without: lazyParts });
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
    "const started = performance.now(); await import(process.argv[2]); console.log(performance.now() - started);\n",
  );
  const imported = (url: string) => (): number =>
    Number(execFileSync(process.execPath, [loader, url], { encoding: "utf8" }));
  const built = ["@x/core", "@x/nubra", "@x/kotak-neo"].map((name) => ({ name, ...builtEntry(name) }));
  const ready = built.every(({ url }) => url !== undefined);
  const others = ["ky", "otplib", "zod/mini", ...Object.keys(bundledAnchors)];
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
    what: `import, above ${median(samples["empty"] ?? []).toFixed(1)} ms for an empty module${ready ? "" : " (ours not built: npm run build)"}`,
    unit: "ms",
    figures: [
      ...(ready
        ? built.map(({ name, stale }) => ours(name, above(name), stale ? "older than its source" : undefined))
        : []),
      ...others.map((name) => anchor(name, above(name))),
    ],
    goals: ready
      ? built.map(({ name }) => atMost(`ms, ${name}`, median(above(name)), name === "@x/core" ? 5 : 15))
      : [],
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
