import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";

export interface BundleOptions {
  /** What is left out, besides Node's own modules. */
  readonly without?: readonly string[];
  /** Files that stand in for others, by the text with which those are imported. */
  readonly inPlaceOf?: Readonly<Record<string, string>>;
  /** Where the files are written to. Default: nowhere. */
  readonly directory?: string;
}

export interface Bundle {
  /** Of all files together, after gzip. */
  readonly gzipBytes: number;
  /** Of those that are loaded at the start. */
  readonly startGzipBytes: number;
  /** The files that it was made of. */
  readonly modules: readonly string[];
}

const made = new Map<string, Promise<Bundle>>();

/**
 * Bundles a program for Node, minified, workspace packages from their source. Its first file is `index.js`; what is loaded later stands in files
 * of its own. One that is not written is made once, for all that ask for it.
 */
export function bundle(entry: string, options: BundleOptions = {}): Promise<Bundle> {
  if (options.directory !== undefined) return newBundle(entry, options);
  const key = JSON.stringify([entry, options]);
  const known = made.get(key) ?? newBundle(entry, options);
  made.set(key, known);
  return known;
}

async function newBundle(entry: string, { without = [], inPlaceOf = {}, directory }: BundleOptions): Promise<Bundle> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    root: fileURLToPath(new URL("..", import.meta.url)),
    plugins: [{ name: "in-place-of", enforce: "pre", resolveId: (imported) => inPlaceOf[imported] }],
    ssr: { noExternal: true, resolve: { conditions: ["@x/source", "module", "node", "import", "default"] } },
    build: {
      ssr: true,
      write: directory !== undefined,
      minify: true,
      target: "es2023",
      ...(directory === undefined ? {} : { outDir: directory, emptyOutDir: true }),
      rolldownOptions: {
        input: { index: entry },
        external: [...without],
        output: { format: "es", entryFileNames: "index.js" },
      },
    },
  });
  const { output } = (Array.isArray(built) ? built[0] : built) as Rolldown.RolldownOutput;
  const chunks = output.filter((file) => file.type === "chunk");
  const atStart = new Set<string>();
  const enter = (name: string): void => {
    const chunk = chunks.find(({ fileName }) => fileName === name);
    if (chunk === undefined || atStart.has(name)) return;
    atStart.add(name);
    for (const other of chunk.imports) enter(other);
  };
  enter("index.js");
  return {
    gzipBytes: gzipped(chunks),
    startGzipBytes: gzipped(chunks.filter(({ fileName }) => atStart.has(fileName))),
    modules: chunks.flatMap(({ moduleIds }) => moduleIds),
  };
}

// Each file for itself, as they are sent.
function gzipped(chunks: readonly Rolldown.OutputChunk[]): number {
  return chunks.reduce((bytes, { code }) => bytes + gzipSync(code, { level: 9 }).byteLength, 0);
}
