import type { Engine } from "../strategy/engine.ts";
import { type JobName, jobNames } from "../strategy/jobs.ts";
import type { StrategyJob } from "../strategy/strategy.ts";
import type { SupervisorReport } from "../strategy/supervisor.ts";
import type { LaneView, WorkerView } from "./desk-view.ts";
import type { EventLog } from "./event-log.ts";

interface Worker {
  /** Undefined while it does not run. */
  pid?: number | undefined;
  starts: number;
  /** How often it said that its engine is open, or why it is not. */
  opened: number;
  job: StrategyJob;
  /** Accounts that it leaves alone. */
  left: readonly string[];
  trouble?: string | undefined;
}

const unheard: Worker = { starts: 0, opened: 0, job: { reads: [], trades: [] }, left: [] };

/** The strategy's processes, as far as they have told. */
export class WorkerLog {
  readonly #log: EventLog;
  readonly #now: () => number;
  readonly #workers: Readonly<Record<JobName, Worker>>;

  constructor(log: EventLog, now: () => number) {
    this.#log = log;
    this.#now = now;
    this.#workers = { momentum: { ...unheard }, positions: { ...unheard }, risk: { ...unheard } };
  }

  /** The id of a job's process; undefined while it does not run. */
  pid(job: JobName): number | undefined {
    return this.#workers[job].pid;
  }

  /** How many processes run. */
  get running(): number {
    return jobNames.filter((job) => this.pid(job) !== undefined).length;
  }

  /** A process began or ended. */
  changed(job: JobName, pid: number | undefined): void {
    const worker = this.#workers[job];
    worker.pid = pid;
    worker.left = [];
    if (pid !== undefined) worker.starts += 1;
    this.#log.tell(this.#now(), "process", `the process ${job} ${pid === undefined ? "ended" : "began"}`);
  }

  heard(job: JobName, told: SupervisorReport, accountOf: (name: string) => string): void {
    const worker = this.#workers[job];
    if (told.type === "event") return this.#log.heardEvent(job, told.event);
    if (told.type === "report") {
      const { report } = told;
      const { account } = report.kind === "call" ? report.call : report.order;
      return this.#log.heardReport(job, report, accountOf(account));
    }
    if (told.type === "left") {
      worker.left = told.left;
      return this.#log.changed();
    }
    worker.opened += 1;
    worker.trouble = told.type === "trouble" ? told.message : undefined;
    if (told.type === "trouble") return this.#log.tell(this.#now(), "process", `${job}: ${told.message}`);
    worker.job = told.job;
    return this.#log.changed();
  }

  /** Waits until every process that runs now has opened its engine once more, or has ended. */
  async reopened(timeoutMs: number): Promise<void> {
    const before = new Map(Object.values(this.#workers).map((worker) => [worker, worker.opened]));
    await this.#untilAll((worker) => worker.opened > (before.get(worker) ?? 0), timeoutMs);
  }

  /** Waits until no process that runs now works with an account that a person has taken from it. */
  async released(account: string, timeoutMs: number): Promise<void> {
    // What they said of an earlier time says nothing of the rounds since.
    for (const worker of Object.values(this.#workers)) worker.left = [];
    await this.#untilAll(({ left }) => left.includes(account), timeoutMs);
  }

  async #untilAll(condition: (worker: Worker) => boolean, timeoutMs: number): Promise<void> {
    const workers = Object.values(this.#workers);
    await this.#log.until(() => workers.every((one) => one.pid === undefined || condition(one)), timeoutMs);
  }

  /** @param mayTrade whether orders go to the account at all */
  view(
    { accounts, use }: Engine["configuration"],
    left: readonly string[],
    mayTrade: (account: string) => boolean,
  ): readonly WorkerView[] {
    return jobNames.map((job): WorkerView => {
      const { pid, starts, job: works, trouble } = this.#workers[job];
      const lanes = works.reads.map((name): LaneView => {
        const account = (Object.hasOwn(use, name) ? use[name] : undefined) ?? name;
        const broker = accounts[account]?.broker ?? "";
        const trades = works.trades.includes(name) && mayTrade(account);
        return { name, account, broker, trades, left: left.includes(account), ...this.#log.lane(job, name) };
      });
      return { job, pid, restarts: Math.max(0, starts - 1), lanes, trouble };
    });
  }
}
