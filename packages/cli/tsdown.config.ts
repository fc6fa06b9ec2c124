import { defineConfig, type UserConfig } from "tsdown";

type Plugin = Extract<NonNullable<UserConfig["plugins"]>, readonly unknown[]>[number];

// An import of a module of Node evaluates all that it exports, also the parts that Node itself loads at their first use: node:fs brings its streams,
// which take a fifth of the time in which an empty Node starts.
const lazyBuiltIns: Plugin = {
  name: "lazy-built-ins",
  renderChunk: (code) =>
    code.replaceAll(
      /^import (?:(\w+)|\{([^}]*)\}|\* as (\w+)) from "(node:[\w/]+)";$/gm,
      (_, whole: string | undefined, names: string | undefined, all: string | undefined, name: string) =>
        `const ${whole ?? all ?? `{${(names ?? "").replaceAll(" as ", ": ")}}`} = process.getBuiltinModule("${name}");`,
    ),
};

const common: UserConfig = {
  platform: "node",
  target: "node22",
  dts: false,
  fixedExtension: false,
  sourcemap: false,
  // From source, module by module: what only one command needs is then loaded by that command alone.
  inputOptions: { resolve: { conditionNames: ["@x/source", "import", "node", "default"] } },
  // What a configuration may ask for besides, where it is installed.
  deps: { neverBundle: ["redis", "pg"], alwaysBundle: [/^@x\/(?!sandbox)/] },
};

const program: UserConfig = defineConfig({
  ...common,
  entry: ["src/command.ts"],
  format: "esm",
  minify: "dce-only",
  plugins: [
    lazyBuiltIns,
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
  // Few files, because Node takes half a millisecond to find each: what get and headers need, what a record needs that was not checked before, and
  // the engine.
  outputOptions: {
    minifyInternalExports: false,
    codeSplitting: {
      groups: [
        { name: "stored", test: /[\\/]commands[\\/](?:get|headers)\.ts$/, priority: 3 },
        { name: "schema", test: /account-record-schema\.ts$/, priority: 2 },
        { name: "engine", test: /[\\/]cli[\\/]src[\\/]desk\.ts$/, priority: 1 },
      ],
    },
  },
});

/** What is started: one small file, which loads no more than an answer takes. */
const start: UserConfig = defineConfig({
  ...common,
  entry: ["src/bin.ts"],
  format: "esm",
  clean: false,
  minify: true,
  plugins: [
    {
      name: "program-apart",
      resolveId: (imported) => (imported === "./command.ts" ? { id: "./command.js", external: true } : undefined),
    },
    lazyBuiltIns,
  ],
});

/** What answers by itself, each as one script that is kept compiled. What it would import later is the program's, which is asked then. */
const answers: UserConfig[] = ["agent-answer", "stored-answer"].map((name) =>
  defineConfig({
    ...common,
    entry: [`src/${name}.ts`],
    format: "cjs",
    clean: false,
    minify: true,
    outputOptions: { codeSplitting: false },
    plugins: [
      {
        name: "nothing-later",
        resolveId: (_, __, { kind }) => (kind === "dynamic-import" ? "\0later" : undefined),
        load: (id) => (id === "\0later" ? 'throw new Error("the program is needed")' : undefined),
      },
      {
        name: "kept-script",
        // A module of Node is loaded where it is first used, and all text is in ASCII.
        renderChunk(code) {
          const required = /^let (\w+) = require\("(node:[\w/]+)"\);$/gm;
          const later = [...code.matchAll(required)].reduce(
            (text, [, variable = "", module = ""]) =>
              text.replaceAll(new RegExp(`\\b${variable}(?=\\.)`, "g"), `(require("${module}"))`),
            code.replaceAll(required, ""),
          );
          return later.replaceAll(
            /[^\0-\x7F]/g,
            (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
          );
        },
        generateBundle(_, bundle) {
          for (const file of Object.values(bundle))
            if (file.type === "chunk") file.code = `(function (exports, require, __filename) {${file.code}\n})`;
        },
      },
    ],
  }),
);

/** The command itself. Its tests build it so as well. */
export const command: readonly UserConfig[] = [program, start, ...answers];

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

const configs: UserConfig[] = [...command, client];
export default configs;
