import { defineConfig, type UserConfig } from "tsdown";

/** The command itself. Its tests build it so as well. */
export const command: UserConfig = defineConfig({
  entry: ["src/bin.ts"],
  format: "esm",
  platform: "node",
  target: "node22",
  dts: false,
  fixedExtension: false,
  sourcemap: false,
  minify: "dce-only",
  // From source, module by module: what only one command needs is then loaded by that command alone.
  inputOptions: { resolve: { conditionNames: ["@x/source", "import", "node", "default"] } },
  plugins: [
    {
      name: "lazy-built-ins",
      // An import of a module of Node evaluates all that it exports, also the parts that Node itself loads at their first use: node:fs brings its
      // streams, which take a fifth of the time in which an empty Node starts.
      renderChunk: (code) =>
        code.replaceAll(
          /^import (?:(\w+)|\{([^}]*)\}|\* as (\w+)) from "(node:[\w/]+)";$/gm,
          (_, whole: string | undefined, names: string | undefined, all: string | undefined, name: string) =>
            `const ${whole ?? all ?? `{${(names ?? "").replaceAll(" as ", ": ")}}`} = process.getBuiltinModule("${name}");`,
        ),
    },
    {
      name: "eager-functions",
      // Node keeps compiled code as it is right after a file was loaded, without the functions that were not called by then; they would be compiled
      // anew by every start. V8 compiles a function at once where it stands in brackets. What is declared is there before anything else of its file,
      // and so is what stands at its top.
      renderChunk(code, { name }) {
        if (name !== "start" && name !== "stored") return undefined;
        const { body } = this.parse(code);
        const declared = body.flatMap((node) => (node.type === "FunctionDeclaration" ? [node] : []));
        const text = ({ start, end }: { readonly start: number; readonly end: number }): string =>
          code.slice(start, end);
        const functions = declared.map((node) => `const ${node.id?.name ?? ""}=(${text(node)});`);
        const imports = body.filter((node) => node.type === "ImportDeclaration");
        const others = body.filter((node) => node.type !== "FunctionDeclaration" && node.type !== "ImportDeclaration");
        return [...imports.map(text), ...functions, ...others.map(text)].join("\n");
      },
    },
    {
      name: "no-detours",
      // What stands in a group and is imported later gets a file of its own, which only leads there and takes as long to find as any other.
      generateBundle(_, bundle) {
        const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
        for (const { code, fileName } of chunks) {
          const target = /^export ?\{ ?[\w$]+(?:, ?[\w$]+)* ?\} ?from ?"(\.\/[\w.$-]+)";\s*$/.exec(code)?.[1];
          if (target === undefined) continue;
          for (const chunk of chunks) chunk.code = chunk.code.replaceAll(`./${fileName}`, target);
          delete bundle[fileName];
        }
      },
    },
  ],
  // Few files, because Node takes half a millisecond to find each: what get and headers need where an agent answers, what they need where the store
  // has a session, what a record needs that was not checked before, and the engine. What is loaded before the compile cache is on stands apart from
  // all of them: it is compiled anew each time.
  outputOptions: {
    minifyInternalExports: false,
    codeSplitting: {
      groups: [
        { name: "cache-directory", test: /[\\/]cache-directory\.ts$/, priority: 5 },
        { name: "start", test: /[\\/]cli[\\/]src[\\/](?:command|quick-command|version)\.ts$/, priority: 4 },
        { name: "stored", test: /[\\/]commands[\\/](?:get|headers)\.ts$/, priority: 3 },
        { name: "schema", test: /account-record-schema\.ts$/, priority: 2 },
        { name: "engine", test: /[\\/]cli[\\/]src[\\/]desk\.ts$/, priority: 1 },
      ],
    },
  },
  // What a configuration may ask for besides, where it is installed.
  deps: { neverBundle: ["redis", "pg"], alwaysBundle: [/^@x\/(?!sandbox)/] },
});

/** What programs import. It shares its types with the program's own `@x/core`. */
const client: UserConfig = defineConfig({
  entry: ["src/agent-client.ts"],
  format: "esm",
  platform: "node",
  target: "node22",
  dts: true,
  fixedExtension: false,
  sourcemap: true,
  publint: { strict: true },
  attw: { profile: "esm-only", level: "error" },
});

const configs: UserConfig[] = [command, client];
export default configs;
