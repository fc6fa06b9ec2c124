import { type ChildProcess, fork } from "node:child_process";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { bundled } from "./bundle.ts";
import type { ProofContext } from "../harness/proof.ts";

/** A process of a proof's own. */
export interface Worker {
  readonly pid: number;
  /** The next thing it reports; undefined when it has ended and everything was heard. */
  next<Report>(): Promise<Report | undefined>;
  /** The same where it must not have ended. @throws Error with the last lines of its error output */
  hear<Report>(): Promise<Report>;
  tell(order: unknown): void;
  kill(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Processes that are killed, by their own ids, when the proof is over. */
export interface WorkerGroup extends AsyncDisposable {
  /**
   * Starts a file, which finds the plan with `givenPlan()`.
   * @param through a command that starts it in turn, such as `["unshare", "--mount"]`
   */
  start(file: URL, plan: unknown, through?: readonly string[]): Worker;
  /**
   * Puts a file and all it imports into one, without types. Where a proof starts many processes this takes a third of the time: the sources
   * are read, stripped and linked once instead of in every process.
   */
  bundle(file: URL): Promise<void>;
}

const patienceMs = 120_000;

export function workerGroup({ directory }: Pick<ProofContext, "directory">): WorkerGroup {
  const running = new Map<ChildProcess, Promise<unknown>>();
  const bundles = new Map<string, string>();
  return {
    start(file, plan, through = []) {
      const command = [...through, process.execPath];
      const source = fileURLToPath(file);
      const path = bundles.get(source) ?? source;
      const child = fork(path, [JSON.stringify(plan)], {
        execPath: command[0]!,
        execArgv: [...command.slice(1), "--conditions=@x/source", "--disable-warning=ExperimentalWarning"],
        stdio: ["ignore", "ignore", "pipe", "ipc"],
      });
      const worker = workerOf(child, basename(source));
      running.set(child, worker.ended);
      void worker.ended.then(() => running.delete(child));
      return worker;
    },
    async bundle(file) {
      const source = fileURLToPath(file);
      bundles.set(source, await bundled(source, directory));
    },
    async [Symbol.asyncDispose]() {
      for (const child of running.keys()) child.kill("SIGKILL");
      await Promise.all(running.values());
    },
  };
}

function workerOf(child: ChildProcess, file: string): Worker {
  const heard: unknown[] = [];
  const state = { over: false, complaints: "", wake: (): void => undefined };
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    state.complaints = (state.complaints + text).slice(-4_000);
  });
  child.on("message", (report) => {
    heard.push(report);
    state.wake();
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      state.over = true;
      state.wake();
      resolve({ code, signal });
    };
    // After everything it has reported was read.
    child.once("close", end);
    child.once("error", (error) => {
      state.complaints += String(error);
      end(null, null);
    });
  });
  const next = async <Report>(): Promise<Report | undefined> => {
    while (heard.length === 0 && !state.over) {
      await new Promise<void>((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`${file} has not reported anything for ${patienceMs} ms`)),
          patienceMs,
        );
        state.wake = () => {
          clearTimeout(late);
          resolve();
        };
      });
    }
    return heard.shift() as Report | undefined;
  };
  return {
    pid: child.pid ?? 0,
    next,
    async hear<Report>() {
      const report = await next<Report>();
      if (report !== undefined) return report;
      const { code, signal } = await ended;
      throw new Error(`${file} has ended (${signal ?? code}): ${state.complaints}`);
    },
    tell: (order) => void child.send(order as object),
    kill: (signal) => void child.kill(signal),
    ended,
  };
}
