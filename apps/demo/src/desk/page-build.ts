import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The variable with a folder in which the page and the strategy's program are built already: for those who start many desks, as the tests do. */
export const builtVariable = "DEMO_BUILT";

/** Builds the page from its sources into a folder below this one. Returns that. */
export async function buildPage(folder: string): Promise<string> {
  const built = process.env[builtVariable];
  if (built !== undefined) return join(built, "page");
  const [vite, { default: react }] = await Promise.all([import("vite"), import("@vitejs/plugin-react")]);
  const outDir = join(folder, "page");
  await vite.build({
    configFile: false,
    root: fileURLToPath(new URL("../../page/", import.meta.url)),
    logLevel: "error",
    plugins: [react()],
    // The page's policy allows no inline script and no data: address.
    build: { outDir, emptyOutDir: true, target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  });
  return outDir;
}
