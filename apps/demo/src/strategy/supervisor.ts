import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SupervisorOrder, SupervisorReport, SupervisorState } from "./supervisor-message.ts";
import type { JobName } from "./job-name.ts";

const program = fileURLToPath(new URL("worker.ts", import.meta.url));
// From source, as the demo runs itself; on Node 22 without the notes that type stripping and SQLite are experimental.
const execArgv = ["--conditions=@x/source", "--disable-warning=ExperimentalWarning"];

// A process that died is started again soon. One that dies at once each time is started less and less often; its logins need no such care,
// because every attempt was written down before it left.
const firstRestartMs = 500;
const longestRestartMs = 30_000;
const steadyAfterMs = 10_000;
// One that does not end by itself is waiting for somebody who does not answer.
const patienceMs = 2_000;

export interface SupervisorOptions {
  readonly jobs: readonly JobName[];
  readonly config: string;
  readonly folder: string;
  /** Variables of the processes. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Addresses of the demo's sandbox by broker; none without it. */
  readonly sandbox: Readonly<Record<string, string>>;
  /** Between two rounds, in milliseconds. Default 1000. */
  readonly roundMs?: number | undefined;
  readonly heard: (job: JobName, report: SupervisorReport) => void;
  /** A process began or ended; `pid` is undefined after its end. */
  readonly changed: (job: JobName, pid: number | undefined) => void;
}

interface Member {
  child: ChildProcess | undefined;
  startedAt: number;
  restartMs: number;
  timer: NodeJS.Timeout | undefined;
}

/** The processes of the strategy: begins them, begins again those that died, tells them what changed. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #members: ReadonlyMap<JobName, Member>;
  #state: SupervisorState;
  #closed = false;

  constructor(options: SupervisorOptions, state: SupervisorState) {
    this.#options = options;
    this.#state = state;
    this.#members = new Map(
      options.jobs.map((job) => [job, { child: undefined, startedAt: 0, restartMs: firstRestartMs, timer: undefined }]),
    );
  }

  start(): void {
    for (const [job, member] of this.#members) this.#begin(job, member);
  }

  /** Tells all processes what is so from now on; with `reload` they read their configuration again. */
  tell(state: SupervisorState, { reload = false }: { readonly reload?: boolean } = {}): void {
    this.#state = state;
    for (const { child } of this.#members.values()) send(child, { type: "change", state, reload });
  }

  /** Ends all processes, as a deployment does, and begins them again. */
  async restart(): Promise<void> {
    await Promise.all([...this.#members.values()].map(async (member) => stop(member)));
    for (const [job, member] of this.#members) this.#begin(job, member);
  }

  /** Kills a process outright. Returns its id; undefined if it is not running. */
  kill(job: JobName): number | undefined {
    const child = this.#members.get(job)?.child;
    child?.kill("SIGKILL");
    return child?.pid;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#members.values()].map(async (member) => stop(member)));
  }

  #begin(job: JobName, member: Member): void {
    if (this.#closed) return;
    const { config, folder, env, sandbox, roundMs = 1000 } = this.#options;
    const args = ["--job", job, "--config", config, "--folder", folder, "--round-ms", String(roundMs)];
    const child = fork(program, args, {
      execArgv,
      // The second start of a process takes a third of the first one's time.
      env: { NODE_COMPILE_CACHE: join(folder, "compiled"), ...env, DEMO_SANDBOX: JSON.stringify(sandbox) },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    Object.assign(member, { child, startedAt: performance.now() } satisfies Partial<Member>);
    child.on("message", (report: SupervisorReport) => this.#options.heard(job, report));
    child.once("exit", () => this.#ended(job, member, child));
    // A process that could not be started at all.
    child.once("error", () => undefined);
    send(child, { type: "begin", state: this.#state });
    this.#options.changed(job, child.pid);
  }

  #ended(job: JobName, member: Member, child: ChildProcess): void {
    if (member.child !== child) return;
    member.child = undefined;
    this.#options.changed(job, undefined);
    const steady = performance.now() - member.startedAt > steadyAfterMs;
    const waitMs = steady ? firstRestartMs : member.restartMs;
    member.restartMs = Math.min(waitMs * 2, longestRestartMs);
    member.timer = setTimeout(() => this.#begin(job, member), waitMs);
  }
}

async function stop(member: Member): Promise<void> {
  clearTimeout(member.timer);
  const { child } = member;
  // From here on its end is nobody's surprise.
  Object.assign(member, { child: undefined, restartMs: firstRestartMs } satisfies Partial<Member>);
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const impatient = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await gone;
  clearTimeout(impatient);
}

function send(child: ChildProcess | undefined, order: SupervisorOrder): void {
  // A process that is just ending hears nothing any more.
  if (child?.connected === true) child.send(order, undefined, undefined, () => undefined);
}
