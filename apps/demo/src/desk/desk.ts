import { type Answer, BrokerAuthError, formatIndiaTime, type LoginProgress } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import { Crew } from "../strategy/crew.ts";
import { dayPlan } from "../strategy/day-plan.ts";
import { type Engine, openEngine } from "../strategy/engine.ts";
import { type JobName, jobNames } from "../strategy/job-name.ts";
import { watchRequests } from "../strategy/request-watch.ts";
import { Accidents } from "./accidents.ts";
import { lookAtAccounts } from "./account-look.ts";
import { DayBook } from "./day-book.ts";
import { DeskClock } from "./desk-clock.ts";
import type { DeskConfiguration } from "./desk-configuration.ts";
import type { AccountView, DeskView } from "./desk-view.ts";
import { Enrolment } from "./enrolment.ts";
import { loginCounts, sandboxAddresses } from "./sandbox-side.ts";
import { WorkerBook } from "./worker-book.ts";

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
  readonly #workers: WorkerBook;
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
    this.#workers = new WorkerBook(book, () => clock.now());
    const { configuration, folder, env, roundMs } = options;
    const sandbox = sandboxAddresses(options.sandbox);
    this.#crew = new Crew(
      {
        jobs: jobNames,
        config: configuration.file,
        folder,
        env,
        sandbox,
        roundMs,
        heard: (job, report) =>
          this.#workers.heard(job, report, (name) => this.#engine.configuration.use[name] ?? name),
        changed: (job, pid) => this.#workers.changed(job, pid),
      },
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
    const { phase, nextAt, day } = plan(now);
    const { use } = this.#engine.configuration;
    return {
      now,
      market: { phase, nextAt, day },
      accounts: this.#accounts,
      strategy: {
        workers: this.#workers.view(this.#engine.configuration, this.#left),
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
    // A process that ends meanwhile reads the new configuration when it begins again.
    const reopened = this.#workers.reopened(reloadPatienceMs);
    this.#crew.tell(this.#state, { reload: true });
    await this.#openAgain();
    await reopened;
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

  /** How many processes of the strategy run. */
  get running(): number {
    return this.#workers.running;
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
    return this.#workers.pid(job);
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

  // One look at a time: a store that is slow shall not collect them.
  #look(): Promise<void> {
    return (this.#looking ??= this.#lookOnce().finally(() => (this.#looking = undefined)));
  }

  async #lookOnce(): Promise<void> {
    this.#accounts = await lookAtAccounts({
      engine: this.#engine,
      book: this.book,
      left: this.#left,
      enrolled: (account) => this.#options.configuration.keepsTotpSecret(account),
    });
    this.book.changed();
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
