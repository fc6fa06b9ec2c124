import type { SupervisorReport } from "../strategy/supervisor-message.ts";
import type { Engine } from "../strategy/engine.ts";
import { type JobName, jobNames } from "../strategy/job-name.ts";
import type { EventLog } from "./event-log.ts";
import type { LaneView, WorkerView } from "./desk-view.ts";

interface Worker {
  /** Undefined while it does not run. */
  pid: number | undefined;
  starts: number;
  /** How often it said that its engine is open, or why it is not. */
  opened: number;
  reads: readonly string[];
  trades: readonly string[];
  trouble: string | undefined;
}

/** The strategy's processes, as far as they have told. */
export class WorkerLog {
  readonly #log: EventLog;
  readonly #now: () => number;
  readonly #workers: ReadonlyMap<JobName, Worker>;

  constructor(log: EventLog, now: () => number) {
    this.#log = log;
    this.#now = now;
    this.#workers = new Map(
      jobNames.map((job) => [job, { pid: undefined, starts: 0, opened: 0, reads: [], trades: [], trouble: undefined }]),
    );
  }

  /** The id of a job's process; undefined while it does not run. */
  pid(job: JobName): number | undefined {
    return this.#workers.get(job)?.pid;
  }

  /** How many processes run. */
  get running(): number {
    return [...this.#workers.values()].filter(({ pid }) => pid !== undefined).length;
  }

  /** A process began or ended. */
  changed(job: JobName, pid: number | undefined): void {
    const worker = this.#workers.get(job);
    if (worker === undefined) return;
    worker.pid = pid;
    if (pid !== undefined) {
      worker.starts += 1;
      this.#log.began(job);
    }
    this.#log.tell(this.#now(), "process", `the process ${job} ${pid === undefined ? "ended" : "began"}`);
  }

  heard(job: JobName, report: SupervisorReport, accountOf: (name: string) => string): void {
    const worker = this.#workers.get(job);
    if (worker === undefined) return;
    switch (report.type) {
      case "ready":
        Object.assign(worker, {
          reads: report.reads,
          trades: report.trades,
          trouble: undefined,
          opened: worker.opened + 1,
        } satisfies Partial<Worker>);
        return this.#log.changed();
      case "trouble":
        Object.assign(worker, { trouble: report.message, opened: worker.opened + 1 } satisfies Partial<Worker>);
        return this.#log.tell(this.#now(), "process", `${job}: ${report.message}`);
      case "event":
        return this.#log.heardEvent(job, report.event);
      case "request":
        return this.#log.heardRequest(job, report.request);
      case "wait":
        return this.#log.heardWait(report.wait);
      case "report": {
        const { kind } = report.report;
        const name = kind === "call" ? report.report.call.account : report.report.order.account;
        return this.#log.heardReport(job, report.report, accountOf(name));
      }
    }
  }

  /** Waits until every process that runs now has opened its engine once more, or has ended. */
  async reopened(timeoutMs: number): Promise<void> {
    const waiting = [...this.#workers.values()]
      .filter(({ pid }) => pid !== undefined)
      .map((worker) => ({ worker, before: worker.opened }));
    await this.#log.until(
      () => waiting.every(({ worker, before }) => worker.pid === undefined || worker.opened > before),
      timeoutMs,
    );
  }

  /** @param mayTrade whether orders go to the account at all */
  view(
    { accounts, use }: Engine["configuration"],
    left: readonly string[],
    mayTrade: (account: string) => boolean,
  ): readonly WorkerView[] {
    return [...this.#workers].map(([job, { pid, starts, reads, trades, trouble }]): WorkerView => {
      const lanes = reads.map((name): LaneView => {
        const account = (Object.hasOwn(use, name) ? use[name] : undefined) ?? name;
        const { outcomes, order } = this.#log.lane(job, name);
        return {
          name,
          account,
          broker: accounts[account]?.broker ?? "",
          trades: trades.includes(name) && mayTrade(account),
          left: left.includes(account),
          outcomes,
          ...(order === undefined ? {} : { order }),
        };
      });
      return {
        job,
        restarts: Math.max(0, starts - 1),
        lanes,
        ...(pid === undefined ? {} : { pid }),
        ...(trouble === undefined ? {} : { trouble }),
      };
    });
  }
}
