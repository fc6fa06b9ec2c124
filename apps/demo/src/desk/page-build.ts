import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getMimeType } from "hono/utils/mime";

/** A file of the page, as it is served. */
export interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/** The variable with a folder in which the page and the strategy's program are built already: for those who start many desks, as the tests do. */
export const builtVariable = "DEMO_BUILT";

let built: Promise<ReadonlyMap<string, PageFile>> | undefined;

/** The page by path, `/index.html` among them: built from its sources once per process, and kept in memory alone. */
export function buildPage(): Promise<ReadonlyMap<string, PageFile>> {
  const folder = process.env[builtVariable];
  return (built ??= folder === undefined ? build() : read(join(folder, "page")));
}

async function read(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found.filter((one) => one.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(
    await Promise.all(
      paths.map(async (path) => entry(path.slice(folder.length).replaceAll("\\", "/"), await readFile(path))),
    ),
  );
}

async function build(): Promise<ReadonlyMap<string, PageFile>> {
  const { NODE_ENV } = process.env;
  // A test runner sets another one, and React's development build would be taken.
  process.env["NODE_ENV"] = "production";
  try {
    const [vite, { default: react }] = await Promise.all([import("vite"), import("@vitejs/plugin-react")]);
    const made = await vite.build({
      configFile: false,
      root: fileURLToPath(new URL("../../page/", import.meta.url)),
      logLevel: "error",
      plugins: [react()],
      // The page's policy allows no inline script and no data: address.
      build: { write: false, target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
    });
    const files = [made].flat().flatMap((one) => ("output" in one ? one.output : []));
    return new Map(
      files.map((file) => entry(`/${file.fileName}`, Buffer.from(file.type === "chunk" ? file.code : file.source))),
    );
  } finally {
    if (NODE_ENV === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = NODE_ENV;
  }
}

function entry(path: string, body: Buffer): [string, PageFile] {
  return [path, { body: new Uint8Array(body), type: getMimeType(path) ?? "application/octet-stream" }];
}
