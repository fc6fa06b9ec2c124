import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { randomInt } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** The user that servers run as where a test runs as the superuser. */
export const nobody = 65_534;

/** A folder for the files of a server, which only its user may read. */
export function privateFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  if (process.geteuid?.() === 0) chownSync(folder, nobody, nobody);
  chmodSync(folder, 0o700);
  return folder;
}

/** A port that was free a moment ago, below those that the system gives to connections: one of these could take it before the server does. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch {
      continue;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}

/** Where a program is: on the PATH, or in one of these folders. */
export function findProgram(name: string, folders: readonly string[] = []): string | undefined {
  const all = [...(process.env["PATH"] ?? "").split(delimiter), ...folders];
  return all.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Whether tests need a server that is not installed. In CI that is a failure of theirs, elsewhere they are skipped, and the title says so. */
export function isMissing(program: string | undefined): boolean {
  return program === undefined && process.env["CI"] !== "true";
}

/** A server that runs as a child of this process. */
export class ServerProgram {
  readonly #command: string;
  readonly #given: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();
  #words = "";

  constructor(command: string, given: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#command = command;
    this.#given = given;
    this.#env = env;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it, and waits until it answers. */
  async start(answers: () => Promise<unknown>): Promise<void> {
    const child = spawn(this.#command, this.#given, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...this.#env },
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (words: Buffer) => (this.#words = (this.#words + words.toString()).slice(-2_000)));
    const until = performance.now() + 20_000;
    for (;;) {
      try {
        return void (await answers());
      } catch (error) {
        if (child.exitCode !== null || performance.now() > until)
          throw new Error(`${this.#command} does not answer: ${this.#words}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends it at once, by this signal. */
  async stop(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.#child?.kill("SIGCONT");
    this.#child?.kill(signal);
    await this.#exited;
    this.#child = undefined;
  }

  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }
}
