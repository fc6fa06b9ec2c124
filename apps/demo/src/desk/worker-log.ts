import { type JobName, jobNames } from "../strategy/jobs.ts";
import type { StrategyJob } from "../strategy/strategy.ts";
import type { SupervisorReport } from "../strategy/supervisor.ts";
import type { DeskEngine } from "./desk-engine.ts";
import type { AccountView, LaneView, WorkerView } from "./desk-view.ts";
import type { EventLog } from "./event-log.ts";

interface Worker {
  /** Undefined while it does not run. */
  pid?: number | undefined;
  starts: number;
  /** How often it said that its engine is open, or why it is not. */
  opened: number;
  work: StrategyJob;
  /** Accounts that it leaves alone. */
  left: readonly string[];
  trouble?: string | undefined;
}

/** The strategy's processes, as far as they have told. */
export class WorkerLog {
  readonly #log: EventLog;
  readonly #now: () => number;
  readonly #workers = new Map(
    jobNames.map((job): [JobName, Worker] => [
      job,
      { starts: 0, opened: 0, work: { reads: [], trades: [] }, left: [] },
    ]),
  );

  constructor(log: EventLog, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** The id of a job's process; undefined while it does not run. */
  pid(job: JobName): number | undefined {
    return this.#worker(job).pid;
  }

  /** How many processes run. */
  get running(): number {
    return jobNames.filter((job) => this.pid(job) !== undefined).length;
  }

  /** A process began or ended. */
  changed(job: JobName, pid: number | undefined): void {
    const worker = this.#worker(job);
    worker.pid = pid;
    worker.left = [];
    if (pid !== undefined) worker.starts += 1;
    this.#log.tell(this.#now(), "process", `the process ${job} ${pid === undefined ? "ended" : "began"}`);
  }

  heard(job: JobName, told: SupervisorReport, accountOf: (name: string) => string): void {
    const worker = this.#worker(job);
    if (told.type === "event") return this.#log.heardEvent(job, told.event);
    if (told.type === "report") return this.#log.heardReport(job, told.report, accountOf(told.report.call.account));
    if (told.type === "left") worker.left = told.left;
    else {
      worker.opened += 1;
      worker.trouble = told.type === "trouble" ? told.message : undefined;
      if (told.type === "trouble") return this.#log.tell(this.#now(), "process", `${job}: ${told.message}`);
      worker.work = told.job;
    }
    return this.#log.changed();
  }

  /** Waits until every process that runs now has opened its engine once more, or has ended. */
  async reopened(timeoutMs: number): Promise<void> {
    const before = new Map([...this.#workers.values()].map((worker) => [worker, worker.opened]));
    await this.#untilAll((worker) => worker.opened > (before.get(worker) ?? 0), timeoutMs);
  }

  /** Waits until no process that runs now works with an account that a person has taken from it. */
  async released(account: string, timeoutMs: number): Promise<void> {
    // What they said of an earlier time says nothing of the rounds since.
    for (const worker of this.#workers.values()) worker.left = [];
    await this.#untilAll(({ left }) => left.includes(account), timeoutMs);
  }

  /** @param left accounts that a person has logged out */
  view(engine: DeskEngine, left: readonly string[], accounts: readonly AccountView[]): readonly WorkerView[] {
    return [...this.#workers].map(([job, { pid, starts, work, trouble }]): WorkerView => {
      const lanes = work.reads.map((name): LaneView => {
        const account = engine.meantBy(name);
        const { broker = "" } = engine.account(account) ?? {};
        // Orders go to accounts in the sandbox only.
        const trades =
          work.trades.includes(name) && accounts.find((one) => one.name === account)?.environment === "sandbox";
        return { name, account, broker, trades, left: left.includes(account), ...this.#log.lane(job, name) };
      });
      return { job, pid, restarts: Math.max(0, starts - 1), lanes, trouble };
    });
  }

  #worker(job: JobName): Worker {
    return this.#workers.get(job) as Worker;
  }

  async #untilAll(condition: (worker: Worker) => boolean, timeoutMs: number): Promise<void> {
    const workers = [...this.#workers.values()];
    await this.#log.until(() => workers.every((one) => one.pid === undefined || condition(one)), timeoutMs);
  }
}
