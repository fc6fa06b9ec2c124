import { type ChildProcess, fork } from "node:child_process";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { bundled } from "./bundle.ts";
import type { ProofContext } from "../harness/proof.ts";
import type { Commands, Message } from "./worker-side.ts";

/** A process of a proof's own, with the commands that its file passes to `obey()`. */
export interface Worker<Known extends Commands = Commands> {
  /** Has a command carried out, and resolves with its result. @throws Error when the process ends before, with what it complained of */
  ask<Name extends keyof Known>(
    name: Name,
    ...given: Parameters<Known[Name]>
  ): Promise<Awaited<ReturnType<Known[Name]>>>;
  /** Waits until the process says this. @throws Error when it says something else first, or ends */
  says(word: string): Promise<void>;
  /** Answers a command that waits for a word. */
  goOn(): void;
  kill(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void;
  /** Lets it end by itself, after all that it was asked for. */
  end(): Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
}

/** Processes that are killed, by their own ids, when the proof is over. */
export interface WorkerGroup extends AsyncDisposable {
  /**
   * Starts a file, which finds the plan with `givenPlan()`.
   * @param through a command that starts it in turn, such as `["unshare", "--mount"]`
   */
  start<Known extends Commands>(file: URL, plan: unknown, through?: readonly string[]): Worker<Known>;
  /** Starts so many, and waits until all of them are ready. */
  crew<Known extends Commands>(count: number, file: URL, plan: unknown): Promise<readonly Worker<Known>[]>;
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
      const [execPath, ...execArgv] = [...through, process.execPath];
      const source = fileURLToPath(file);
      const child = fork(bundles.get(source) ?? source, [JSON.stringify(plan)], {
        execPath,
        execArgv: [...execArgv, "--conditions=@x/source", "--disable-warning=ExperimentalWarning"],
        stdio: ["ignore", "ignore", "pipe", "ipc"],
      });
      const worker = workerOf(child, basename(source));
      running.set(child, worker.ended);
      void worker.ended.then(() => running.delete(child));
      return worker;
    },
    async crew<Known extends Commands>(count: number, file: URL, plan: unknown) {
      const workers = Array.from({ length: count }, () => this.start<Known>(file, plan));
      for (const worker of workers) await worker.says("ready");
      return workers;
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
  const [results, words] = [new Inbox(), new Inbox()];
  let complaints = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-4_000);
  });
  child.on("message", (message: Message) => {
    if ("word" in message) words.put(message.word);
    else results.put(message.result);
  });
  const ended = new Promise<void>((resolve) => {
    const end = (how: unknown): void => {
      for (const inbox of [results, words]) inbox.end(new Error(`${file} has ended (${String(how)}): ${complaints}`));
      resolve();
    };
    // After everything it has reported was read.
    child.once("close", (code, signal) => end(signal ?? code));
    child.once("error", end);
  });
  return {
    ask(name, ...given) {
      // Words to which nobody has listened belong to a command before.
      words.clear();
      child.send({ name, given });
      const result = results.take();
      // Where a process is killed on purpose, nobody waits for the result.
      result.catch(() => undefined);
      return result;
    },
    async says(word) {
      const said = await words.take();
      if (said !== word) throw new Error(`waited for "${word}" and heard ${JSON.stringify(said)}`);
    },
    goOn: () => void child.send("go on"),
    kill: (signal) => void child.kill(signal),
    async end() {
      child.send("end");
      await ended;
    },
    ended,
  };
}

/** What a process has told and nobody has taken yet. */
class Inbox {
  #told: unknown[] = [];
  readonly #takers: PromiseWithResolvers<unknown>[] = [];
  #ended: Error | undefined;

  put(item: unknown): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#told.push(item);
    else taker.resolve(item);
  }

  /** Rejects when nothing comes any more, or not in time. */
  async take(): Promise<unknown> {
    if (this.#told.length > 0) return this.#told.shift();
    if (this.#ended !== undefined) throw this.#ended;
    const taker = Promise.withResolvers<unknown>();
    this.#takers.push(taker);
    const late = setTimeout(taker.reject, patienceMs, new Error(`a worker has told nothing for ${patienceMs} ms`));
    return taker.promise.finally(() => clearTimeout(late));
  }

  end(reason: Error): void {
    this.#ended = reason;
    for (const taker of this.#takers) taker.reject(reason);
  }

  clear(): void {
    this.#told = [];
  }
}
