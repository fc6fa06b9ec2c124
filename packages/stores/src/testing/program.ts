import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const folder = fileURLToPath(new URL("../..", import.meta.url));

/** Another process of the test's own. It is killed with the test. */
export interface Program {
  readonly child: ChildProcess;
  /** The next line that it prints; undefined when it has ended. */
  readonly line: () => Promise<string | undefined>;
  /** Gives it a line to read. */
  readonly tell: (text: string) => void;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

/** Starts a program that may import this package by its name. `argument` is its `process.argv[1]`. */
export function program(source: string, argument: string, env: NodeJS.ProcessEnv = {}): Program {
  const child = spawn(
    process.execPath,
    ["--conditions=@x/source", "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", source, argument],
    { cwd: folder, env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "inherit"] },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    async line() {
      const next = await lines.next();
      return next.done ? undefined : next.value;
    },
    tell: (text) => void child.stdin.write(`${text}\n`),
    ended,
  };
}
