#!/usr/bin/env node
// One way in for every platform: brings Node and pnpm at the pinned versions, installs the packages, runs the rest.
// Plain JavaScript for Node 18 and later. Nothing on the system is changed: what is fetched goes to a cache folder
// (BROKER_AUTH_TOOLS names another). Everything said here goes to stderr: stdout belongs to the program that is run.
// So far this has run on Linux with glibc only. What differs on Windows, macOS and musl is decided in decisions.mjs and
// tested there; starting programs on such machines is untried.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runInForeground } from "./bootstrap/child.mjs";
import { pathLine, withPath } from "./bootstrap/decisions.mjs";
import { Failure } from "./bootstrap/failure.mjs";
import { installPackages } from "./bootstrap/packages.mjs";
import { findTools } from "./bootstrap/tools.mjs";

const usage = `Usage: node scripts/bootstrap.mjs <command>
  start [arguments]   the demo, from source
  test [arguments]    the tests (arguments go to vitest)
  prove [names]       the proofs of the promises, in full; "packages" only by its name
  bench [names]       the performance figures, beside their floors and anchors
  exec <command>      a tool of the project, such as: exec vitest --watch
  install             Node, pnpm and the packages, nothing else
  env                 prints the line that puts Node and pnpm on PATH: eval "$(node scripts/bootstrap.mjs env)"
  run <command>       any program with Node, pnpm and the packages: run node --conditions=@x/source program.ts
                      run pnpm install changes the packages themselves, so they are not brought before it
`;

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const say = (line) => process.stderr.write(`${line}\n`);

// Workspace packages run from their TypeScript source, unbuilt; on Node 22 without the notes that type stripping and
// SQLite are experimental.
const sourceFlags = ["--conditions=@x/source", "--disable-warning=ExperimentalWarning"];

/** What each command does once Node and pnpm are there; the number is the exit code. */
const commands = {
  async start(args, { tools, env }) {
    await installPackages(root, tools, say);
    return runInForeground(tools.node, [...sourceFlags, path.join(root, "apps/demo/src/main.ts"), ...args], { env });
  },
  async prove(args, { tools, env }) {
    await installPackages(root, tools, say);
    return runInForeground(tools.node, [...sourceFlags, path.join(root, "apps/proofs/src/main.ts"), ...args], { env });
  },
  async bench(args, { tools, env }) {
    await installPackages(root, tools, say);
    return runInForeground(tools.node, [...sourceFlags, path.join(root, "apps/bench/src/main.ts"), ...args], { env });
  },
  async test(args, { tools, env }) {
    await installPackages(root, tools, say);
    const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
    return runInForeground(tools.node, [vitest, "run", ...args], { env, cwd: root });
  },
  async exec(args, { tools, env }) {
    await installPackages(root, tools, say);
    // pnpm finds the tool on every platform; on Windows it is a .cmd file, which only a shell starts.
    return runInForeground(tools.pnpm, ["exec", ...args], {
      env: { TURBO_TELEMETRY_DISABLED: "1", ...env },
      cwd: root,
    });
  },
  async install(_args, { tools }) {
    await installPackages(root, tools, say);
    return 0;
  },
  async env(_args, { tools }) {
    process.stdout.write(`${pathLine(tools.folders, process.platform)}\n`);
    return 0;
  },
  async run([program, ...args], { tools, env }) {
    // What pnpm is asked to do may be the very thing that makes an installation possible again.
    if (program !== "pnpm") await installPackages(root, tools, say);
    return runInForeground(program, args, { env });
  },
};

/** @param {string} name @param {string[]} args */
async function main(name, ...args) {
  if (["--help", "-h", "help"].includes(name)) {
    process.stdout.write(usage);
    return 0;
  }
  if (!Object.hasOwn(commands, name) || (["exec", "run"].includes(name) && args.length === 0)) {
    process.stderr.write(usage);
    return 2;
  }
  if (name === "start" && process.env.npm_config_once !== undefined) {
    say("npm kept --once for itself, and the demo would run for ever: write npm start -- --once");
    return 2;
  }
  const tools = await findTools(root, say);
  return commands[name](args, { tools, env: withPath(process.env, tools.folders, process.platform) });
}

/** The end of what a failed tool printed, without its stack traces and without pointers to log files. */
function lastWords(output) {
  const lines = output
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^(npm \S+)?\s+at |complete log of this run/.test(line));
  return lines.slice(-12).join("\n");
}

try {
  process.exitCode = await main(...process.argv.slice(2));
} catch (error) {
  if (error instanceof Failure && error.output) say(lastWords(error.output));
  say(`bootstrap: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof Failure ? error.exitCode : 1;
}
