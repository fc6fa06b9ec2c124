import { type ChildProcess, fork } from "node:child_process";
import { on } from "node:events";
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

const patienceMs = 120_000;

/** Processes that are killed, by their own ids, when the proof is over. */
export class WorkerGroup implements AsyncDisposable {
  readonly #directory: string;
  readonly #running = new Map<ChildProcess, Promise<unknown>>();
  readonly #bundles = new Map<string, string>();

  constructor({ directory }: Pick<ProofContext, "directory">) {
    this.#directory = directory;
  }

  /**
   * Starts a file, which finds the plan with `givenPlan()`.
   * @param through a command that starts it in turn, such as `["unshare", "--mount"]`
   */
  start<Known extends Commands>(file: URL, plan: unknown, through: readonly string[] = []): Worker<Known> {
    const [execPath, ...execArgv] = [...through, process.execPath];
    const source = fileURLToPath(file);
    const child = fork(this.#bundles.get(source) ?? source, [JSON.stringify(plan)], {
      execPath,
      execArgv: [...execArgv, "--conditions=@x/source", "--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const worker = workerOf(child, basename(source));
    this.#running.set(child, worker.ended);
    void worker.ended.then(() => this.#running.delete(child));
    return worker;
  }

  /** Starts so many, and waits until all of them are ready. */
  async crew<Known extends Commands>(count: number, file: URL, plan: unknown): Promise<readonly Worker<Known>[]> {
    const workers = Array.from({ length: count }, () => this.start<Known>(file, plan));
    for (const worker of workers) await worker.says("ready");
    return workers;
  }

  /**
   * Puts a file and all it imports into one, without types. Where a proof starts many processes this takes a third of the time: the sources
   * are read, stripped and linked once instead of in every process.
   */
  async bundle(file: URL): Promise<void> {
    const source = fileURLToPath(file);
    this.#bundles.set(source, await bundled(source, this.#directory));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running.keys()) child.kill("SIGKILL");
    await Promise.all(this.#running.values());
  }
}

function workerOf(child: ChildProcess, file: string): Worker {
  let complaints = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-4_000);
  });
  child.on(
    "message",
    (message: Message) => void child.emit("word" in message ? "word" : "result", Object.values(message)[0]),
  );
  // After everything it has reported was read.
  const ended = new Promise<unknown>((resolve) => {
    child.once("close", (code, signal) => resolve(signal ?? code)).once("error", resolve);
  });
  const results = on(child, "result", { close: ["close"] });
  let words = on(child, "word", { close: ["close"] });
  /** What a process has told and nobody has taken yet. Rejects when nothing comes any more, or not in time. */
  const take = async (told: typeof results): Promise<unknown> => {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(late.reject, patienceMs, new Error(`a worker has told nothing for ${patienceMs} ms`));
    const { done, value } = await Promise.race([told.next(), late.promise]).finally(() => clearTimeout(timer));
    if (done) throw new Error(`${file} has ended (${String(await ended)}): ${complaints}`);
    return (value as readonly unknown[])[0];
  };
  return {
    ask(name, ...given) {
      // Words to which nobody has listened belong to a command before.
      void words.return?.();
      words = on(child, "word", { close: ["close"] });
      child.send({ name, given });
      const result = take(results);
      // Where a process is killed on purpose, nobody waits for the result.
      result.catch(() => undefined);
      return result;
    },
    async says(word) {
      const said = await take(words);
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
