import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrokerAuthEvent } from "@x/core";
import type { Variables } from "../desk-store.ts";
import { type JobName, jobNames } from "./jobs.ts";
import type { StrategyJob, StrategyReport } from "./strategy.ts";

/** What a process of the strategy is told: first how things are, and again whenever that changes. Nothing happens before the first word. */
export interface SupervisorOrder {
  /** This desk's clock minus the computer's, in milliseconds: 0 but in the sandbox. */
  readonly clockOffsetMs: number;
  /** Accounts that a person has taken out of the strategy's hands. */
  readonly left: readonly string[];
  /** The configuration is another one: the engine is opened anew. */
  readonly reload?: boolean;
}

/** What a process of the strategy tells. No part of it holds a secret. */
export type SupervisorReport =
  /** Its engine is open on these accounts and aliases. */
  | { readonly type: "ready"; readonly job: StrategyJob }
  | { readonly type: "report"; readonly report: StrategyReport }
  | { readonly type: "event"; readonly event: BrokerAuthEvent }
  /** It leaves these accounts alone: what it did with them is over. */
  | { readonly type: "left"; readonly left: readonly string[] }
  /** Its engine could not be opened. */
  | { readonly type: "trouble"; readonly message: string };

/** What a process of the strategy is started with, as the JSON of its one argument. */
export interface WorkerTask {
  readonly job: JobName;
  readonly config: string;
  readonly folder: string;
  /** Addresses of the demo's sandbox by broker; none without it. */
  readonly sandbox: Readonly<Record<string, string>>;
  /** Between two rounds, in milliseconds. */
  readonly roundMs: number;
}

export interface SupervisorOptions extends Omit<WorkerTask, "job"> {
  /** Variables of the processes. */
  readonly env: Variables;
  readonly heard: (job: JobName, report: SupervisorReport) => void;
  /** A process began, or ended: then `pid` is undefined. */
  readonly changed: (job: JobName, pid: number | undefined) => void;
}

const source = fileURLToPath(new URL("worker.ts", import.meta.url));
// From source, as the demo runs itself; on Node 22 without the notes that type stripping and SQLite are experimental.
export const sourceFlags: readonly string[] = ["--conditions=@x/source", "--disable-warning=ExperimentalWarning"];
// A process that died is started again soon. One that dies at once each time is started less and less often; its logins need no such care,
// because every attempt was written down before it left.
const firstRestartMs = 500;
const longestRestartMs = 30_000;
const steadyAfterMs = 10_000;
// One that does not end by itself is waiting for somebody who does not answer.
const patienceMs = 2_000;

/** A process of the strategy, and what it has told. */
export interface Member {
  /** Undefined while it does not run. */
  child?: ChildProcess | undefined;
  restarting?: NodeJS.Timeout;
  starts: number;
  /** How often it said that its engine is open, or why it is not. */
  opened: number;
  work: StrategyJob;
  /** Accounts that it leaves alone. */
  left: readonly string[];
  trouble?: string | undefined;
}

/** The processes of the strategy: begins them, begins again those that died, tells them what changed. */
export class Supervisor {
  readonly members: ReadonlyMap<JobName, Member> = new Map(
    jobNames.map((job) => [job, { starts: 0, opened: 0, work: { reads: [], trades: [] }, left: [] }]),
  );
  readonly #options: SupervisorOptions;
  #order: SupervisorOrder;
  #closed = false;

  constructor(options: SupervisorOptions, order: SupervisorOrder) {
    this.#options = options;
    this.#order = order;
  }

  /** Those that run now. */
  get running(): readonly Member[] {
    return [...this.members.values()].filter(({ child }) => child !== undefined);
  }

  /** The id of a job's process; undefined while it does not run. */
  pid(job: JobName): number | undefined {
    return this.members.get(job)?.child?.pid;
  }

  start(): void {
    for (const [job, member] of this.#closed ? [] : this.members) this.#begin(job, member, firstRestartMs);
  }

  /** Tells all processes what is so from now on. */
  tell(order: SupervisorOrder): void {
    this.#order = { ...order, reload: false };
    for (const { child } of this.running) send(child, order);
  }

  /** Ends all processes, as a deployment does, and begins them again. */
  async restart(): Promise<void> {
    await this.#stop();
    this.start();
  }

  /** Kills a process outright. Returns its id; undefined if it is not running. */
  kill(job: JobName): number | undefined {
    const pid = this.pid(job);
    this.members.get(job)?.child?.kill("SIGKILL");
    return pid;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#stop();
  }

  #begin(job: JobName, member: Member, restartMs: number): void {
    const { config, folder, env, sandbox, roundMs, changed, heard } = this.#options;
    const task: WorkerTask = { job, config, folder, sandbox, roundMs };
    const { DEMO_BUILT: built } = env;
    const child = fork(built === undefined ? source : join(built, "worker.js"), [JSON.stringify(task)], {
      execArgv: [...sourceFlags],
      // The second start of a process takes a third of the first one's time.
      env: { NODE_COMPILE_CACHE: join(folder, "compiled"), ...env },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    Object.assign(member, { child, starts: member.starts + 1, left: [] });
    const startedAt = performance.now();
    child.on("message", (told: SupervisorReport) => {
      note(member, told);
      heard(job, told);
    });
    child.once("exit", () => {
      // One that was stopped is nobody's surprise.
      if (member.child !== child) return;
      member.child = undefined;
      changed(job, undefined);
      const waitMs = performance.now() - startedAt > steadyAfterMs ? firstRestartMs : restartMs;
      member.restarting = setTimeout(() => this.#begin(job, member, Math.min(waitMs * 2, longestRestartMs)), waitMs);
    });
    // A process that could not be started at all.
    child.once("error", () => undefined);
    send(child, this.#order);
    changed(job, child.pid);
  }

  async #stop(): Promise<void> {
    await Promise.all(
      [...this.members.values()].map(async (member) => {
        const { child, restarting } = member;
        clearTimeout(restarting);
        member.child = undefined;
        if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, "exit");
        child.kill("SIGTERM");
        const impatient = setTimeout(() => child.kill("SIGKILL"), patienceMs);
        await gone;
        clearTimeout(impatient);
      }),
    );
  }
}

function note(member: Member, told: SupervisorReport): void {
  if (told.type === "left") member.left = told.left;
  if (told.type === "ready") member.work = told.job;
  if (told.type !== "ready" && told.type !== "trouble") return;
  member.opened += 1;
  member.trouble = told.type === "trouble" ? told.message : undefined;
}

function send(child: ChildProcess | undefined, order: SupervisorOrder): void {
  // A process that is just ending hears nothing any more.
  if (child?.connected === true) child.send(order, undefined, undefined, () => undefined);
}
