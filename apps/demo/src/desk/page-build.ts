import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../../page/", import.meta.url));
const shared = fileURLToPath(new URL("./", import.meta.url));
const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const stamp = "sources.sha256";

/** A file of the page, as it is served. */
export interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/** The built page by path, `/index.html` among them. It is built first where the build is missing or its sources have changed since. */
export async function buildPage(): Promise<ReadonlyMap<string, PageFile>> {
  const wanted = await sourcesHash();
  const folder = join(dist, "page");
  const built = await readFile(join(folder, stamp), "utf8").catch(() => undefined);
  if (built !== wanted) await build(folder, wanted);
  return readPage(folder);
}

// Built beside and moved into place: two demos may begin at the same moment.
async function build(folder: string, hash: string): Promise<void> {
  await mkdir(dist, { recursive: true });
  const draft = await mkdtemp(join(dist, "page-"));
  // Loaded only when there is something to build: the next start does without.
  const [{ build: viteBuild }, { default: react }] = await Promise.all([
    import("vite"),
    import("@vitejs/plugin-react"),
  ]);
  await viteBuild({
    configFile: false,
    root: source,
    base: "/",
    logLevel: "warn",
    plugins: [react()],
    build: {
      outDir: draft,
      emptyOutDir: false,
      target: "es2023",
      // The page's policy allows no inline script and no data: address.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  });
  await writeFile(join(draft, stamp), hash);
  await rm(folder, { recursive: true, force: true });
  await rename(draft, folder).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    // Another one was faster, with the same sources.
    if ((await readFile(join(folder, stamp), "utf8").catch(() => undefined)) !== hash) throw error;
  });
}

async function sourcesHash(): Promise<string> {
  const names = (await filesOf(source)).filter((file) => !/\.test\.ts$|[\\/]testing[\\/]/.test(file));
  const files = [...names, ...sharedFiles.map((name) => join(shared, name))].toSorted();
  const hash = createHash("sha256");
  for (const file of files)
    hash
      .update(`${file.slice(source.length)}\0`)
      .update(await readFile(file))
      .update("\0");
  return hash.digest("hex");
}

/** What the page takes from the server's side at run time. */
const sharedFiles = ["../strategy/india-day.ts"];

async function readPage(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const files = await filesOf(folder);
  const entries = files
    .filter((file) => !file.endsWith(stamp))
    .map(async (file): Promise<[string, PageFile]> => {
      const type = types[extname(file)] ?? "application/octet-stream";
      return [file.slice(folder.length).replaceAll("\\", "/"), { body: new Uint8Array(await readFile(file)), type }];
    });
  return new Map(await Promise.all(entries));
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
