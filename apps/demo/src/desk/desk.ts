import type { Sandbox } from "@x/sandbox";
import { Supervisor } from "../strategy/supervisor.ts";
import { dayPlan } from "../strategy/day-plan.ts";
import { type JobName, jobNames } from "../strategy/job-name.ts";
import { Scenarios } from "./scenarios.ts";
import { AccountActions } from "./account-actions.ts";
import { lookAtAccounts } from "./account-look.ts";
import { EventLog } from "./event-log.ts";
import { DeskClock, momentOf, spanOf } from "./desk-clock.ts";
import type { DeskConfiguration } from "./desk-configuration.ts";
import { DeskEngine } from "./desk-engine.ts";
import type { AccountView, DeskView } from "./desk-view.ts";
import { LeftAccounts } from "./left-accounts.ts";
import { brokerByHost, brokerLock, loginCounts, phonesOf, sandboxAddresses } from "./sandbox-side.ts";
import { WorkerLog } from "./worker-log.ts";

export interface DeskOptions {
  readonly configuration: DeskConfiguration;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absent with real accounts: then there are no scenarios either. */
  readonly sandbox?: Sandbox | undefined;
  /** Between two calls of the strategy, in milliseconds. Default 1000. */
  readonly roundMs?: number | undefined;
  /** How long the brokers are down when they are, in milliseconds. Default 10 000. */
  readonly downMs?: number | undefined;
}

const plan = dayPlan();
const reloadPatienceMs = 5_000;
const happeningsShown = 120;
const requestsShown = 60;

/**
 * A trading desk: an engine of this process for what a person does, and the strategy's processes beside it, all on one store. What the page shows
 * is `view()`; what a person can do with an account is `actions`, and the rest are the other methods.
 */
export class Desk {
  readonly log: EventLog;
  readonly clock: DeskClock;
  readonly actions: AccountActions;
  readonly scenarios: Scenarios | undefined;
  readonly #options: DeskOptions;
  readonly #supervisor: Supervisor;
  readonly #workers: WorkerLog;
  readonly #left: LeftAccounts;
  readonly #engine: DeskEngine;
  #accounts: readonly AccountView[] = [];
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @throws BrokerAuthError `configuration` before anything is sent */
  static async open(options: DeskOptions): Promise<Desk> {
    const clock = new DeskClock(options.sandbox);
    const log = new EventLog(brokerByHost(options.sandbox));
    const engine = await DeskEngine.open(options, clock, log);
    const desk = new Desk(options, clock, log, engine, await LeftAccounts.open(options.folder));
    await desk.scenarios?.find();
    await desk.look();
    return desk;
  }

  private constructor(options: DeskOptions, clock: DeskClock, log: EventLog, engine: DeskEngine, left: LeftAccounts) {
    this.#options = options;
    this.clock = clock;
    this.log = log;
    this.#engine = engine;
    this.#left = left;
    this.#workers = new WorkerLog(log, () => clock.now());
    const { configuration, folder, env, roundMs, sandbox } = options;
    this.#supervisor = new Supervisor(
      {
        jobs: jobNames,
        config: configuration.file,
        folder,
        env,
        sandbox: sandboxAddresses(sandbox),
        roundMs,
        heard: (job, report) => this.#workers.heard(job, report, (name) => engine.meantBy(name)),
        changed: (job, pid) => this.#workers.changed(job, pid),
      },
      this.#state,
    );
    this.actions = new AccountActions({
      engine,
      left,
      log,
      configuration,
      sandbox,
      now: () => clock.now(),
      tellLeft: (told) => this.#supervisor.tell(this.#state, told),
      reload: async () => this.reload(),
      look: async () => this.look(),
    });
    // In a configuration of the user's nothing is put out of order, not even at the sandbox.
    if (sandbox !== undefined && configuration.own)
      this.scenarios = new Scenarios(this, sandbox, configuration, options.downMs);
  }

  get auth(): DeskEngine["auth"] {
    return this.#engine.auth;
  }

  /** Does something with the engine that comes to its end although the engine is opened anew meanwhile. */
  run<Result>(work: (auth: DeskEngine["auth"]) => Promise<Result>): Promise<Result> {
    return this.#engine.run(work);
  }

  /** Whether the page needs no key: it has no accounts but the sandbox's, and takes in no others. */
  get sandboxOnly(): boolean {
    return this.#engine.sandboxOnly;
  }

  get sandbox(): Sandbox | undefined {
    return this.#options.sandbox;
  }

  /** Begins the strategy. */
  start(): void {
    this.#supervisor.start();
    this.#timer = setInterval(() => void this.#glance(), this.#options.roundMs ?? 1000);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.actions.close();
    this.scenarios?.close();
    await this.#supervisor.close();
    await this.#looking;
    await this.#engine.close();
  }

  view(): DeskView {
    const { log, clock } = this;
    const now = clock.now();
    const { phase, nextAt, day } = plan(now);
    const { use } = this.#engine.configuration;
    return {
      now,
      market: { phase, nextAt, day },
      accounts: this.#accounts,
      strategy: {
        workers: this.#workers.view(this.#engine.configuration, this.#left.names, (account) =>
          this.#isAtSandbox(account),
        ),
        calls: log.calls,
        answers: log.answers,
        named: log.named,
        unexplained: log.unexplained,
        orders: log.orders,
      },
      spans: log.spans,
      happenings: log.happenings.slice(-happeningsShown),
      requests: log.requests.slice(0, requestsShown),
      configuration: {
        file: this.#options.configuration.name,
        accounts: this.#accounts.map(({ name, broker }) => ({ name, broker })),
        use: Object.entries(use).map(([alias, account]) => ({ alias, account })),
      },
      ...(this.sandbox === undefined || this.scenarios === undefined
        ? {}
        : {
            sandbox: {
              skewMs: clock.skewMs,
              logins: this.logins(),
              phones: phonesOf(this.sandbox, this.#accounts),
              scenarios: this.scenarios.view(),
            },
          }),
    };
  }

  /** Changes the one word behind an alias. @throws BrokerAuthError `configuration`, with nothing changed */
  async setAlias(alias: string, account: string): Promise<void> {
    await this.#options.configuration.setAlias(alias, account, async () => this.#engine.reopen());
    await this.#reloadStrategy();
    this.log.tell(this.clock.now(), "configuration", `"${alias}" now stands for ${account}`);
  }

  /** Opens the engines anew on a configuration that has changed; the sessions stay in the store. */
  async reload(): Promise<void> {
    // What this one refuses, the strategy is not told of.
    await this.#engine.reopen();
    await this.#reloadStrategy();
  }

  async #reloadStrategy(): Promise<void> {
    // A process that ends meanwhile reads the new configuration when it begins again.
    const reopened = this.#workers.reopened(reloadPatienceMs);
    this.#supervisor.tell(this.#state, { reload: true });
    await reopened;
    await this.look();
  }

  /** Ends everything that runs and begins it again. */
  async restart(): Promise<void> {
    await Promise.all([this.#engine.reopen(), this.#supervisor.restart()]);
    await this.look();
  }

  kill(job: JobName): number | undefined {
    return this.#supervisor.kill(job);
  }

  /** How many processes of the strategy run. */
  get running(): number {
    return this.#workers.running;
  }

  /** Why nobody logs this account in by himself; undefined where somebody does. */
  resting(account: string): string | undefined {
    const found = this.#accounts.find(({ name }) => name === account);
    if (found === undefined) return `there is no account ${account}`;
    if (found.left) return `${account} is logged out by you`;
    if (found.state === "login_blocked") return `the automatic logins of ${account} have stopped`;
    if (found.trouble?.code === "session_replaced") return `somebody else keeps logging in to ${account}`;
    if (!found.unattended) return `${account} logs in with a person only`;
    return undefined;
  }

  /** What stopped the account's automatic logins; undefined while they go on. */
  blockedBy(account: string): string | undefined {
    const found = this.#accounts.find(({ name }) => name === account);
    return found?.state === "login_blocked" ? found.blockedBy : undefined;
  }

  isLive(account: string): boolean {
    return this.#accounts.some(({ name, state }) => name === account && state === "logged_in");
  }

  isUnattended(account: string): boolean {
    return this.#accounts.some(({ name, unattended }) => name === account && unattended);
  }

  pid(job: JobName): number | undefined {
    return this.#workers.pid(job);
  }

  /** Moves the sandbox's time on, and with it everybody's. */
  moveClock(ms: number, skewMs: number = this.clock.skewMs): void {
    this.clock.skewMs = skewMs;
    // The strategy first: a process whose clock is behind the broker's would take a session that ran out for one that was ended early.
    this.#supervisor.tell({ ...this.#state, clockOffsetMs: this.clock.offsetMs + ms });
    this.sandbox?.clock.advance(ms);
    this.#supervisor.tell(this.#state);
    this.log.changed();
  }

  /** Moves the sandbox's time on to a moment, and says by how much. A moment that is now moves nothing. */
  goTo(at: number): string {
    const before = this.clock.now();
    const ms = Math.max(0, at - before);
    if (ms === 0) return `It is ${momentOf(before, before)} already: the clock was not moved.`;
    this.moveClock(ms);
    const text = `the sandbox's clock went on by ${spanOf(ms)}, to ${momentOf(this.clock.now(), before)}`;
    this.log.tell(this.clock.now(), "clock", text);
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
  }

  /** Sessions that the brokers have minted for us since the start, by account. */
  logins(): Readonly<Record<string, number>> {
    const { sandbox } = this;
    if (sandbox === undefined) return {};
    return loginCounts(
      sandbox,
      this.#accounts.map(({ name }) => name),
    );
  }

  // Orders go to accounts in the sandbox only.
  #isAtSandbox(account: string): boolean {
    return this.#accounts.some(({ name, environment }) => name === account && environment === "sandbox");
  }

  get #state(): { readonly clockOffsetMs: number; readonly left: readonly string[] } {
    return { clockOffsetMs: this.clock.offsetMs, left: this.#left.names };
  }

  /** Looks how all accounts stand now. Asks no broker. */
  async look(): Promise<void> {
    // One that is under way may have looked before what this one is about.
    await this.#looking;
    await this.#glance();
  }

  // One look at a time: a store that is slow shall not collect them.
  #glance(): Promise<void> {
    return (this.#looking ??= this.#lookOnce().finally(() => (this.#looking = undefined)));
  }

  async #lookOnce(): Promise<void> {
    this.#accounts = await lookAtAccounts({
      engine: this.#engine.current,
      log: this.log,
      left: (account) => this.#left.has(account),
      enrolled: (account) => this.#options.configuration.keepsTotpSecret(account),
      lock: (account) => (this.sandbox === undefined ? undefined : brokerLock(this.sandbox, account)),
    });
    this.log.changed();
  }
}
