import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

/** Puts a file and all it imports into one, without types, below this directory. Returns where it is. */
export async function bundled(source: string, directory: string): Promise<string> {
  const { build } = await import("vite");
  const name = basename(source, ".ts");
  const outDir = join(directory, "bundles", name);
  await build({
    configFile: false,
    logLevel: "error",
    ssr: { noExternal: true, resolve: { conditions: ["@x/source"] } },
    build: { ssr: source, outDir, target: "node22" },
  });
  // Modules that are loaded at their first use lie beside it.
  await writeFile(join(outDir, "package.json"), '{ "type": "module" }');
  return join(outDir, `${name}.js`);
}
