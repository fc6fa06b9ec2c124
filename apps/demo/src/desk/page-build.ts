import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { InlineConfig } from "vite";

const source = fileURLToPath(new URL("../../page/", import.meta.url));
const dist = fileURLToPath(new URL("../../dist/", import.meta.url));

/** A file of the page, as it is served. */
export interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/**
 * The built page by path, `/index.html` among them. It is built first where these sources were not built yet: half a second, of which a later
 * start needs a few milliseconds.
 */
export async function buildPage(): Promise<ReadonlyMap<string, PageFile>> {
  const name = `page-${await sourcesHash()}`;
  const folders = await readdir(dist).catch((): string[] => []);
  if (!folders.includes(name)) await build(name, folders);
  return readPage(join(dist, name));
}

// Built beside and moved into place: a folder of this name is whole, and two demos may begin at the same moment.
async function build(name: string, before: readonly string[]): Promise<void> {
  await mkdir(dist, { recursive: true });
  const draft = await mkdtemp(join(dist, "draft-"));
  try {
    await bundle(draft);
    await rename(draft, join(dist, name)).catch(async (error: unknown) => {
      // Another one was faster, with the same sources.
      if (!(await readdir(dist)).includes(name)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  const older = before.filter((folder) => folder.startsWith("page-"));
  await Promise.all(older.map(async (folder) => rm(join(dist, folder), { recursive: true, force: true })));
}

async function bundle(outDir: string): Promise<void> {
  // Loaded only when there is something to build: the next start does without.
  const [{ build: viteBuild }, { default: react }] = await Promise.all([
    import("vite"),
    import("@vitejs/plugin-react"),
  ]);
  const config: InlineConfig = {
    configFile: false,
    root: source,
    logLevel: "warn",
    plugins: [react()],
    build: {
      outDir,
      emptyOutDir: false,
      target: "es2023",
      // The page's policy allows no inline script and no data: address.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  };
  const { NODE_ENV } = process.env;
  // A test runner sets another one, and React's development build would be taken.
  process.env["NODE_ENV"] = "production";
  try {
    await viteBuild(config);
  } finally {
    if (NODE_ENV === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = NODE_ENV;
  }
}

async function sourcesHash(): Promise<string> {
  const files = (await filesOf(source)).filter((file) => !/\.test\.ts$|[\\/]testing[\\/]/.test(file)).toSorted();
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${pathOf(source, file)}\0`).update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}

async function readPage(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const entries = (await filesOf(folder)).map(async (file): Promise<[string, PageFile]> => {
    const type = types[extname(file)] ?? "application/octet-stream";
    return [pathOf(folder, file), { body: new Uint8Array(await readFile(file)), type }];
  });
  return new Map(await Promise.all(entries));
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function pathOf(folder: string, file: string): string {
  return `/${relative(folder, file).replaceAll(sep, "/")}`;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
