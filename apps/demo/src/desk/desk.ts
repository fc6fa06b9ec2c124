import type { Sandbox } from "@x/sandbox";
import type { Variables } from "../desk-store.ts";
import { momentOf, spanOf } from "../india-time.ts";
import { dayPlan } from "../strategy/day-plan.ts";
import type { DeskAuth } from "../strategy/engine.ts";
import type { JobName } from "../strategy/jobs.ts";
import { type Member, Supervisor, type SupervisorOrder, type SupervisorReport } from "../strategy/supervisor.ts";
import { lookAt } from "./account-look.ts";
import { DeskClock } from "./desk-clock.ts";
import type { DeskConfiguration } from "./desk-configuration.ts";
import { DeskEngine } from "./desk-engine.ts";
import type { AccountView, DeskView, ScenarioView } from "./desk-view.ts";
import { EventLog } from "./event-log.ts";
import { LeftAccounts } from "./left-accounts.ts";
import { loginCounts, phonesOf, sandboxAddresses } from "./sandbox-side.ts";
import { workerViews } from "./worker-view.ts";

export interface DeskOptions {
  readonly configuration: DeskConfiguration;
  readonly folder: string;
  readonly env: Variables;
  /** Absent with real accounts. */
  readonly sandbox?: Sandbox | undefined;
  /** Between two calls of the strategy, in milliseconds. Default 1000. */
  readonly roundMs?: number;
  /** How long a process of the strategy may take to let an account go, or to open its engine anew, in milliseconds. Default 5000. */
  readonly patienceMs?: number;
}

const plan = dayPlan();
const happeningsShown = 120;

/** A trading desk: an engine of this process for what a person does, and the strategy's processes beside it, all on one store. */
export class Desk {
  readonly log: EventLog;
  readonly clock: DeskClock;
  readonly engine: DeskEngine;
  readonly left: LeftAccounts;
  readonly configuration: DeskConfiguration;
  readonly sandbox: Sandbox | undefined;
  readonly supervisor: Supervisor;
  /** How all accounts stand, as they were looked at last. */
  accounts: readonly AccountView[] = [];
  readonly #roundMs: number;
  readonly #patienceMs: number;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @throws BrokerAuthError `configuration` before anything is sent */
  static async open(options: DeskOptions): Promise<Desk> {
    const { configuration, folder, env, sandbox } = options;
    const clock = new DeskClock(sandbox);
    const log = new EventLog();
    const engine = await DeskEngine.open(
      { config: configuration.file, folder, env, now: clock.now, sandbox: sandboxAddresses(sandbox) },
      (event) => log.heardEvent("page", event),
    );
    const desk = new Desk(options, clock, log, engine, await LeftAccounts.open(folder));
    await desk.look();
    return desk;
  }

  private constructor(options: DeskOptions, clock: DeskClock, log: EventLog, engine: DeskEngine, left: LeftAccounts) {
    const { configuration, folder, env, roundMs = 1000, patienceMs = 5_000, sandbox } = options;
    this.clock = clock;
    this.log = log;
    this.engine = engine;
    this.left = left;
    this.configuration = configuration;
    this.sandbox = sandbox;
    this.#roundMs = roundMs;
    this.#patienceMs = patienceMs;
    this.supervisor = new Supervisor(
      {
        config: configuration.file,
        folder,
        env,
        sandbox: sandboxAddresses(sandbox),
        roundMs,
        heard: (job, told) => this.#heard(job, told),
        changed: (job, pid) =>
          log.tell(clock.now(), "process", `the process ${job} ${pid === undefined ? "ended" : "began"}`),
      },
      { clockOffsetMs: clock.offsetMs, left: left.names },
    );
  }

  /** Begins the strategy. */
  start(): void {
    this.supervisor.start();
    this.#timer = setInterval(() => void this.#glance(), this.#roundMs);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.supervisor.close();
    await this.#looking;
    await this.engine.close();
  }

  /** @param scenarios where there are some: with the demo's own accounts */
  view(scenarios?: readonly ScenarioView[]): DeskView {
    const { accounts, clock, configuration, log, sandbox } = this;
    const now = clock.now();
    const { phase, nextAt, day } = plan(now);
    return {
      now,
      market: { phase, nextAt, day },
      accounts,
      strategy: { workers: workerViews(this.supervisor, log, this.engine, accounts), ...log.counts },
      spans: log.spans,
      happenings: log.happenings.slice(-happeningsShown),
      configuration: {
        file: configuration.name,
        use: Object.entries(this.engine.configuration.use).map(([alias, account]) => ({ alias, account })),
      },
      sandbox: sandbox &&
        scenarios && { skewMs: clock.skewMs, logins: this.logins(), phones: phonesOf(sandbox, accounts), scenarios },
    };
  }

  account(name: string): AccountView | undefined {
    return this.accounts.find((account) => account.name === name);
  }

  /** Sessions that the brokers have minted for us since the start, by account. */
  logins(): Readonly<Record<string, number>> {
    return this.sandbox === undefined ? {} : loginCounts(this.sandbox, this.accounts);
  }

  /** Changes the one word behind an alias. @throws BrokerAuthError `configuration`, with nothing changed */
  async setAlias(alias: string, account: string): Promise<void> {
    await this.configuration.setAlias(alias, account, async () => this.engine.reopen());
    await this.#reloadStrategy();
    this.log.tell(this.clock.now(), "configuration", `"${alias}" now stands for ${account}`);
  }

  /** Opens the engines anew on a configuration that has changed; the sessions stay in the store. */
  async reload(): Promise<void> {
    // What this one refuses, the strategy is not told of.
    await this.engine.reopen();
    await this.#reloadStrategy();
  }

  async #reloadStrategy(): Promise<void> {
    const before = new Map([...this.supervisor.members.values()].map((member) => [member, member.opened]));
    this.tellStrategy({ reload: true });
    // A process that ends meanwhile reads the new configuration when it begins again.
    await this.#untilAll((member) => member.opened > (before.get(member) ?? 0));
    await this.look();
  }

  /** Ends everything that runs and begins it again. */
  async restart(): Promise<void> {
    await Promise.all([this.engine.reopen(), this.supervisor.restart()]);
    await this.look();
  }

  /** Tells the strategy's processes how things are now; with `reload` they let go of the sessions that they hold. */
  tellStrategy({ reload = false, clockOffsetMs = this.clock.offsetMs }: Partial<SupervisorOrder> = {}): void {
    this.supervisor.tell({ clockOffsetMs, left: this.left.names, reload });
  }

  /** Moves the sandbox's time on, and with it everybody's. */
  moveClock(ms: number, skewMs: number = this.clock.skewMs): void {
    this.clock.skewMs = skewMs;
    // The strategy first: a process whose clock is behind the broker's would take a session that ran out for one that was ended early.
    this.tellStrategy({ clockOffsetMs: this.clock.offsetMs + ms });
    this.sandbox?.clock.advance(ms);
    this.tellStrategy();
    this.log.changed();
  }

  /** Moves the sandbox's time on to a moment, and says by how much. A moment that is now moves nothing. */
  goTo(at: number): string {
    const before = this.clock.now();
    const ms = Math.max(0, at - before);
    if (ms === 0) return `It is ${momentOf(before, before)} already: the clock was not moved.`;
    this.moveClock(ms);
    const text = `sandbox's clock went on by ${spanOf(ms)}, to ${momentOf(this.clock.now(), before)}`;
    this.log.tell(this.clock.now(), "clock", `the ${text}`);
    return `The ${text}.`;
  }

  /** Takes an account out of the strategy's hands, or gives it back, also after a restart. What the strategy did with it is over then. */
  async leave(account: string, left: boolean): Promise<void> {
    const writing = this.left.set(account, left);
    // What they said of an earlier time says nothing of the rounds since.
    for (const member of this.supervisor.running) member.left = [];
    this.tellStrategy();
    if (left) await this.#untilAll((member) => member.left.includes(account));
    await writing;
  }

  /** Waits until the condition holds for every process of the strategy that runs. */
  async #untilAll(condition: (member: Member) => boolean): Promise<void> {
    await this.log.until(() => this.supervisor.running.every(condition), this.#patienceMs);
  }

  #heard(job: JobName, told: SupervisorReport): void {
    if (told.type === "event") return this.log.heardEvent(job, told.event);
    if (told.type === "report")
      return this.log.heardReport(job, told.report, this.engine.meantBy(told.report.call.account));
    if (told.type === "trouble") return this.log.tell(this.clock.now(), "process", `${job}: ${told.message}`);
    return this.log.changed();
  }

  /** Looks how all accounts stand now. Asks no broker. */
  async look(): Promise<void> {
    // One that is under way may have looked before what this one is about.
    await this.#looking;
    await this.#glance();
  }

  /** Does what a person wants, and looks how all accounts stand then: what failed may have changed them as well. */
  async run<Result>(work: (auth: DeskAuth) => Promise<Result>): Promise<Result> {
    return this.engine.run(work).finally(async () => this.look());
  }

  // One look at a time: a store that is slow shall not collect them.
  #glance(): Promise<void> {
    return (this.#looking ??= this.#lookOnce().finally(() => (this.#looking = undefined)));
  }

  async #lookOnce(): Promise<void> {
    this.accounts = await Promise.all(this.engine.auth.accounts.map(async (name) => lookAt(name, this)));
    this.log.changed();
  }
}
