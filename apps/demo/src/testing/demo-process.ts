import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { compileCache } from "./compile-cache.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

export interface DemoProcessOptions {
  readonly cwd?: string;
  /** The whole environment of the child. Default: nothing but PATH. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface DemoResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The demo as people run it: a process of its own, from source. */
export class DemoProcess {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ended: Promise<unknown>;
  #stdout = "";
  #stderr = "";

  constructor(args: readonly string[], { cwd, env = {} }: DemoProcessOptions = {}) {
    // What outlives a run belongs to the test, unless the test says where it goes.
    const state = mkdtempSync(join(tmpdir(), "broker-auth-demo-test-"));
    this.#child = spawn(
      process.execPath,
      ["--conditions=@x/source", "--disable-warning=ExperimentalWarning", main, ...args],
      {
        cwd,
        env: { PATH: process.env["PATH"], XDG_STATE_HOME: state, ...compileCache, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => (this.#stdout += text));
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.#ended = once(this.#child, "close").finally(() => rmSync(state, { recursive: true, force: true }));
  }

  /** Resolves as soon as stdout matches; rejects with everything it said if it ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#stdout);
      if (found !== null) return found;
      const ended = await Promise.race([once(this.#child.stdout, "data"), this.#ended.then(() => "ended" as const)]);
      if (ended === "ended" && !pattern.test(this.#stdout))
        throw new Error(`the demo ended without saying ${pattern}:\n${this.#stdout}${this.#stderr}`);
    }
  }

  interrupt(signal: "SIGINT" | "SIGTERM" = "SIGINT"): void {
    this.#child.kill(signal);
  }

  /** Ends it with no chance to tidy up. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async result(): Promise<DemoResult> {
    await this.#ended;
    return { code: this.#child.exitCode, stdout: this.#stdout, stderr: this.#stderr };
  }
}

/** Runs the demo to its end. */
export function runDemoProcess(args: readonly string[], options?: DemoProcessOptions): Promise<DemoResult> {
  return new DemoProcess(args, options).result();
}
