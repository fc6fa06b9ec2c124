import { type Answer, BrokerAuthError, formatIndiaTime, isBrokerAuthError, type LoginProgress } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import { Crew } from "../strategy/crew.ts";
import type { CrewReport } from "../strategy/crew-talk.ts";
import { dayPlan } from "../strategy/day-plan.ts";
import { type Engine, openEngine, unattendedAccounts } from "../strategy/engine.ts";
import { indiaDay } from "../strategy/india-day.ts";
import { type JobName, jobNames } from "../strategy/job-name.ts";
import { watchRequests } from "../strategy/request-watch.ts";
import { Accidents } from "./accidents.ts";
import { DayBook } from "./day-book.ts";
import { DeskClock } from "./desk-clock.ts";
import type { DeskConfiguration } from "./desk-configuration.ts";
import type { AccountView, DeskView, LaneView, WorkerView } from "./desk-view.ts";
import { Enrolment } from "./enrolment.ts";
import { loginCounts, sandboxAddresses } from "./sandbox-side.ts";

export interface DeskOptions {
  readonly configuration: DeskConfiguration;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absent with real accounts: then there are no accidents either. */
  readonly sandbox?: Sandbox | undefined;
  /** Between two calls of the strategy, in milliseconds. Default 1000. */
  readonly roundMs?: number | undefined;
  /** How long the brokers are down when they are, in milliseconds. Default 10 000. */
  readonly downMs?: number | undefined;
}

interface Worker {
  pid: number | undefined;
  starts: number;
  /** How often it said that its engine is open, or why it is not. */
  opened: number;
  reads: readonly string[];
  trades: readonly string[];
  trouble: string | undefined;
}

const plan = dayPlan();
const reloadPatienceMs = 5_000;
const happeningsShown = 120;
const requestsShown = 60;

/**
 * A trading desk: an engine of this process for what a person does, and the strategy's processes beside it, all on one store. What the page shows
 * is `view()`; what a person can do are the other methods.
 */
export class Desk {
  readonly book: DayBook;
  readonly clock: DeskClock;
  readonly accidents: Accidents | undefined;
  readonly #options: DeskOptions;
  readonly #crew: Crew;
  readonly #workers: ReadonlyMap<JobName, Worker>;
  readonly #enrolments = new Map<string, Enrolment>();
  #accounts: readonly AccountView[] = [];
  #left: readonly string[] = [];
  #engine: Engine;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @throws BrokerAuthError `configuration` before anything is sent */
  static async open(options: DeskOptions): Promise<Desk> {
    const clock = new DeskClock(options.sandbox);
    const book = new DayBook(brokerOf(options.sandbox));
    const engine = await Desk.#openEngine(options, clock, book);
    const desk = new Desk(options, clock, book, engine);
    await desk.accidents?.find();
    await desk.#look();
    return desk;
  }

  private constructor(options: DeskOptions, clock: DeskClock, book: DayBook, engine: Engine) {
    this.#options = options;
    this.clock = clock;
    this.book = book;
    this.#engine = engine;
    this.#workers = new Map(
      jobNames.map((job) => [job, { pid: undefined, starts: 0, opened: 0, reads: [], trades: [], trouble: undefined }]),
    );
    const { configuration, folder, env, roundMs } = options;
    const sandbox = sandboxAddresses(options.sandbox);
    const heard = (job: JobName, report: CrewReport): void => this.#heard(job, report);
    const changed = (job: JobName, pid: number | undefined): void => this.#changed(job, pid);
    this.#crew = new Crew(
      { jobs: jobNames, config: configuration.file, folder, env, sandbox, roundMs, heard, changed },
      this.#state,
    );
    // In a configuration of the user's nothing is put out of order, not even at the sandbox.
    if (options.sandbox !== undefined && configuration.own)
      this.accidents = new Accidents(this, options.sandbox, configuration, options.downMs);
  }

  get auth(): Engine["auth"] {
    return this.#engine.auth;
  }

  get sandbox(): Sandbox | undefined {
    return this.#options.sandbox;
  }

  /** Begins the strategy. */
  start(): void {
    this.#crew.start();
    this.#timer = setInterval(() => void this.#look(), this.#options.roundMs ?? 1000);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const enrolment of this.#enrolments.values()) enrolment.cancel("the desk was closed");
    await this.#crew.close();
    await this.#looking;
    await this.auth.close();
  }

  view(): DeskView {
    const { book, clock } = this;
    const now = clock.now();
    const { phase, nextAt } = plan(now);
    const { startsAt } = indiaDay(now);
    const { use } = this.#engine.configuration;
    return {
      now,
      market: { phase, nextAt, day: { startsAt, opensAt: startsAt + 33_300_000, closesAt: startsAt + 55_800_000 } },
      accounts: this.#accounts,
      strategy: {
        workers: [...this.#workers].map(([job, worker]) => this.#workerView(job, worker)),
        calls: book.calls,
        answers: book.answers,
        named: book.named,
        unexplained: book.unexplained,
        orders: book.orders,
      },
      spans: book.spans,
      happenings: book.happenings.slice(-happeningsShown),
      requests: book.requests.slice(0, requestsShown),
      configuration: {
        file: this.#options.configuration.name,
        accounts: this.#accounts.map(({ name, broker }) => ({ name, broker })),
        use: Object.entries(use).map(([alias, account]) => ({ alias, account })),
      },
      ...(this.sandbox === undefined || this.accidents === undefined
        ? {}
        : {
            sandbox: {
              skewMs: clock.skewMs,
              logins: this.logins(),
              phones: this.#phones(this.sandbox),
              accidents: this.accidents.view(),
            },
          }),
    };
  }

  /** Begins a login with a person. The strategy may use the account again. */
  async beginLogin(name: string): Promise<LoginProgress> {
    const account = this.#known(name);
    this.#leave(account, false);
    const progress = await this.auth.beginLogin(account);
    await this.#look();
    return progress;
  }

  async answerLogin(name: string, handle: string, answer: Answer): Promise<LoginProgress> {
    const progress = await this.auth.answerLogin(this.#known(name), handle, answer);
    await this.#look();
    return progress;
  }

  /** Ends the session, and keeps the strategy from beginning another one. */
  async logout(name: string): Promise<void> {
    const account = this.#known(name);
    this.#leave(account, true);
    await this.auth.logout(account);
    // Where the broker knows no logout, the session that another process holds would be good for further calls.
    this.#crew.tell(this.#state, { reload: true });
    await this.#look();
  }

  async unlock(name: string): Promise<void> {
    await this.auth.unlock(this.#known(name));
    await this.#look();
  }

  /** Asks the broker for a TOTP secret and returns its picture. */
  async beginEnrolment(name: string): Promise<string> {
    const account = this.#known(name);
    this.#enrolments.get(account)?.cancel("the enrolment was begun again");
    const { broker } = await this.auth.status(account);
    const { configuration } = this.#options;
    const enrolment = new Enrolment({ auth: this.auth, account, broker, configuration });
    this.#enrolments.set(account, enrolment);
    try {
      return await enrolment.takePicture();
    } catch (error) {
      this.#enrolments.delete(account);
      throw error;
    } finally {
      await this.#look();
    }
  }

  /** Turns TOTP on with the secret that was shown. Returns the line that the configuration needs, or has got. */
  async confirmEnrolment(name: string): Promise<string> {
    const account = this.#known(name);
    const enrolment = this.#enrolments.get(account);
    if (enrolment === undefined)
      throw new BrokerAuthError("challenge_expired", "no TOTP secret waits for this account; begin again");
    this.#enrolments.delete(account);
    await enrolment.confirm();
    await this.#options.configuration.useTotpSecret(account);
    this.book.tell(
      this.clock.now(),
      "configuration",
      "TOTP is on: this account logs in by itself from now on",
      account,
    );
    await this.reload();
    return enrolment.line;
  }

  async disenrol(name: string): Promise<void> {
    const account = this.#known(name);
    await this.auth.disenrol(account);
    await this.#options.configuration.dropTotpSecret(account);
    this.book.tell(this.clock.now(), "configuration", "TOTP is off: a person logs in with a texted code", account);
    await this.reload();
  }

  /** Changes the one word behind an alias. @throws BrokerAuthError `configuration`, with nothing changed */
  async setAlias(alias: string, account: string): Promise<void> {
    await this.#options.configuration.setAlias(alias, account);
    await this.reload();
    this.book.tell(this.clock.now(), "configuration", `"${alias}" now stands for ${account}`);
  }

  /** Opens the engines anew on a configuration that has changed; the sessions stay in the store. */
  async reload(): Promise<void> {
    const running = [...this.#workers.values()].filter(({ pid }) => pid !== undefined);
    const before = running.map(({ opened }) => opened);
    this.#crew.tell(this.#state, { reload: true });
    await this.#openAgain();
    // A process that ends meanwhile reads the new configuration when it begins again.
    await this.book.until(
      () => running.every(({ opened, pid }, at) => pid === undefined || opened > (before[at] ?? 0)),
      reloadPatienceMs,
    );
    await this.#look();
  }

  /** Ends everything that runs and begins it again. */
  async restart(): Promise<void> {
    await Promise.all([this.#openAgain(), this.#crew.restart()]);
    await this.#look();
  }

  kill(job: JobName): number | undefined {
    return this.#crew.kill(job);
  }

  /** Jobs whose processes run. */
  running(): readonly JobName[] {
    return [...this.#workers].filter(([, { pid }]) => pid !== undefined).map(([job]) => job);
  }

  /** Whether nobody logs this account in by himself: a person has logged it out, or its automatic logins have stopped. */
  isResting(account: string): boolean {
    const found = this.#accounts.find(({ name }) => name === account);
    return found === undefined || found.left || found.state === "latched" || found.trouble?.code === "session_replaced";
  }

  isLive(account: string): boolean {
    return this.#accounts.some(({ name, state }) => name === account && state === "logged_in");
  }

  isUnattended(account: string): boolean {
    return this.#accounts.some(({ name, unattended }) => name === account && unattended);
  }

  pid(job: JobName): number | undefined {
    return this.#workers.get(job)?.pid;
  }

  /** Moves the sandbox's time on, and with it everybody's. */
  moveClock(ms: number, skewMs: number = this.clock.skewMs): void {
    this.clock.skewMs = skewMs;
    // The strategy first: a process whose clock is behind the broker's would take a session that ran out for one that was ended early.
    this.#crew.tell({ ...this.#state, clockOffsetMs: this.clock.offsetMs + ms });
    this.sandbox?.clock.advance(ms);
    this.#crew.tell(this.#state);
    this.book.changed();
  }

  /** Moves the sandbox's time on to a moment. */
  goTo(at: number): void {
    this.moveClock(Math.max(0, at - this.clock.now()));
    this.book.tell(
      this.clock.now(),
      "accident",
      `the sandbox's clock went on to ${formatIndiaTime(this.clock.now()).slice(11, 16)}`,
    );
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

  get #state(): { readonly clockOffsetMs: number; readonly left: readonly string[] } {
    return { clockOffsetMs: this.clock.offsetMs, left: this.#left };
  }

  /** The account's own name, also for an alias. @throws BrokerAuthError `configuration` */
  #known(name: string): string {
    const { accounts, use } = this.#engine.configuration;
    const account = Object.hasOwn(use, name) ? use[name] : name;
    if (account !== undefined && Object.hasOwn(accounts, account)) return account;
    throw new BrokerAuthError("configuration", "account: there is no such account", { field: "account" });
  }

  #leave(account: string, left: boolean): void {
    const others = this.#left.filter((one) => one !== account);
    this.#left = left ? [...others, account] : others;
    this.#crew.tell(this.#state);
  }

  async #openAgain(): Promise<void> {
    const before = this.#engine;
    this.#engine = await Desk.#openEngine(this.#options, this.clock, this.book);
    await before.auth.close();
  }

  static async #openEngine(options: DeskOptions, clock: DeskClock, book: DayBook): Promise<Engine> {
    const { configuration, folder, env } = options;
    const addresses = sandboxAddresses(options.sandbox);
    const now = (): number => clock.now();
    book.began("page");
    const engine = await openEngine({
      config: configuration.file,
      folder,
      env,
      sandbox: (broker) => addresses[broker],
      now,
      watch: watchRequests(now, (request) => book.heardRequest("page", request)),
    });
    engine.auth.on((event) => book.heardEvent("page", event));
    return engine;
  }

  #heard(job: JobName, report: CrewReport): void {
    const worker = this.#workers.get(job);
    if (worker === undefined) return;
    switch (report.type) {
      case "ready":
        Object.assign(worker, {
          reads: report.reads,
          trades: report.trades,
          trouble: undefined,
          opened: worker.opened + 1,
        });
        return this.book.changed();
      case "trouble":
        worker.trouble = report.message;
        worker.opened += 1;
        return this.book.tell(this.clock.now(), "process", `${job}: ${report.message}`);
      case "event":
        return this.book.heardEvent(job, report.event);
      case "request":
        return this.book.heardRequest(job, report.request);
      case "report": {
        const name = report.report.kind === "call" ? report.report.call.account : report.report.order.account;
        return this.book.heardReport(job, report.report, this.#engine.configuration.use[name] ?? name);
      }
    }
  }

  #changed(job: JobName, pid: number | undefined): void {
    const worker = this.#workers.get(job);
    if (worker === undefined) return;
    worker.pid = pid;
    if (pid !== undefined) {
      worker.starts += 1;
      this.book.began(job);
    }
    this.book.tell(
      this.clock.now(),
      "process",
      pid === undefined ? `the process ${job} ended` : `the process ${job} began`,
    );
  }

  // One look at a time: a store that is slow shall not collect them.
  #look(): Promise<void> {
    return (this.#looking ??= this.#lookOnce().finally(() => (this.#looking = undefined)));
  }

  async #lookOnce(): Promise<void> {
    const { auth, configuration } = this.#engine;
    const unattended = unattendedAccounts(configuration);
    this.#accounts = await Promise.all(
      auth.accounts.map(async (name): Promise<AccountView> => {
        const { broker } = configuration.accounts[name] ?? { broker: "" };
        const facts = {
          name,
          broker,
          left: this.#left.includes(name),
          unattended: unattended.includes(name),
          enrollable: configuration.brokers.some((one) => one.broker === broker && one.enrolment !== undefined),
          enrolled: unattended.includes(name) && this.#options.configuration.keepsTotpSecret(name),
        };
        try {
          const status = await auth.status(name);
          // Somebody else's login: a look-up in the store makes it ours as well, and never asks the broker.
          if (status.state === "logged_in" && status.obtainedBy === undefined) {
            const { generation, issuedAt } = await auth.session(name);
            this.book.setIssued(name, generation, issuedAt);
          }
          const span = this.book.span(name);
          const own = span?.generation === status.generation ? span : undefined;
          const trouble = this.book.trouble(name);
          return {
            ...facts,
            environment: status.environment,
            state: status.state,
            generation: status.generation,
            sharedWith: own?.sharedWith ?? [],
            ...(own === undefined ? {} : { obtained: { by: own.by, who: own.who, at: own.from } }),
            ...(status.expiresAt === undefined ? {} : { expiresAt: status.expiresAt }),
            ...(status.latchedBy === undefined ? {} : { latchedBy: status.latchedBy }),
            ...(status.clockOffsetMs === undefined ? {} : { clockOffsetMs: status.clockOffsetMs }),
            ...(trouble === undefined ? {} : { trouble }),
          };
        } catch (error) {
          const { code, message, action } = isBrokerAuthError(error)
            ? error
            : { code: "unexpected", message: "the account could not be read", action: "Look at the server's output." };
          return {
            ...facts,
            environment: "",
            state: "unknown",
            generation: 0,
            sharedWith: [],
            trouble: { code, message, action },
          };
        }
      }),
    );
    this.book.changed();
  }

  #workerView(job: JobName, { pid, starts, reads, trades, trouble }: Worker): WorkerView {
    const { accounts, use } = this.#engine.configuration;
    const lanes = reads.map((name): LaneView => {
      const account = use[name] ?? name;
      const { outcomes, order } = this.book.lane(job, name);
      return {
        name,
        account,
        broker: accounts[account]?.broker ?? "",
        trades: trades.includes(name),
        left: this.#left.includes(account),
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
  }

  #phones(sandbox: Sandbox): { account: string; messages: { at: number; text: string }[] }[] {
    const known = sandbox.nubra.accounts().map(({ name }) => name);
    return this.#accounts
      .filter(({ name, broker, unattended }) => broker === "nubra" && !unattended && known.includes(name))
      .map(({ name }) => ({
        account: name,
        messages: sandbox.nubra.inbox(name).map(({ at, text }) => ({ at, text })),
      }));
  }
}

/** Which broker a host belongs to, for display. */
function brokerOf(sandbox: Sandbox | undefined): (host: string) => string {
  const brokers = sandbox === undefined ? [] : [sandbox.nubra, sandbox.kotakNeo];
  const known = new Map(
    brokers.flatMap(({ broker, urls }) => Object.values(urls).map((url) => [new URL(url).host, broker])),
  );
  return (host) =>
    known.get(host) ??
    (host.endsWith("nubra.io") ? "nubra" : host.endsWith("kotaksecurities.com") ? "kotak-neo" : host);
}
