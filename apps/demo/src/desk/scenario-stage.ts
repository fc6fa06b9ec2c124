import { setTimeout as sleep } from "node:timers/promises";
import { BrokerAuthError } from "@x/core";
import type { JournalFilter, Sandbox, SandboxBroker } from "@x/sandbox";
import { brokerName, factsOf } from "../broker-facts.ts";
import { spanOf } from "../india-time.ts";
import { identityOf, unattendedAccounts } from "../strategy/engine.ts";
import type { Desk } from "./desk.ts";
import type { ScenarioOutcome, SessionSpan } from "./desk-view.ts";
import { brokerWith } from "./sandbox-side.ts";

/** Something that is made to happen. */
export interface Act {
  readonly title: string;
  /** Whether it is no matter if the account has a session. Without one there is nothing to break otherwise, and nothing is done. */
  readonly needsNobody?: true;
  /** Makes it happen and waits for what comes of it. Returns what was seen, in a sentence or two. */
  readonly run: (stage: ScenarioStage) => Promise<string>;
}

/** What can go wrong at a desk. It is caused at the broker or at our own computers, never inside the library. */
export interface Scenario extends Act {
  readonly id: string;
  /** What will happen, in a sentence. */
  readonly does: string;
  /** Whether it is about all accounts that log in by themselves, and not about one. */
  readonly everywhere?: true;
  /** What the account must have for it. */
  readonly needs?: readonly Need[];
  /** What ends it, where it lasts. */
  readonly remedy?: Act;
}

// A login may have to wait for the next TOTP code, and then some.
const patienceMs = 45_000;
const list = new Intl.ListFormat("en-GB");

type Need = "pin" | "totp" | "unattended" | "lockout";

/** Why an account cannot have a scenario; undefined where it can. */
const lacks: Readonly<Record<Need, (desk: Desk, account: string) => string | false>> = {
  pin: (desk, account) => !holds(desk, account, "mpin") && `the configuration of ${account} holds no PIN`,
  totp: (desk, account) => !holds(desk, account, "totp") && `the configuration of ${account} holds no TOTP secret`,
  unattended: (desk, account) => !desk.account(account)?.unattended && `${account} logs in with a person only`,
  lockout: ({ engine, sandbox }, account) =>
    !Object.hasOwn((sandbox && brokerWith(sandbox, account)?.scenarios.known) ?? {}, "lockout") &&
    `${brokerName(engine.account(account)?.broker ?? "")} asks for PIN and code at its own page, and what locks there is not ours`,
};

/** Why a scenario cannot be had at an account, for people; undefined where it can. */
export function refusalOf({ needs = [] }: Scenario, desk: Desk, account: string): string | undefined {
  const why = needs.map((need) => lacks[need](desk, account)).find((reason) => reason !== false);
  return why && `Cannot be had here: ${why}.`;
}

/** One scenario at its account: everything that it may lay its hands on, and what can be read off since it began. */
export class ScenarioStage {
  readonly desk: Desk;
  readonly sandbox: Sandbox;
  readonly account: string;
  /** Those that it is about: the one, or all that log in without a person. */
  readonly accounts: readonly string[];
  /** The account's broker, for people. */
  readonly title: string;
  readonly broker: SandboxBroker | undefined;
  readonly unattended: boolean;
  readonly #closed: AbortSignal;
  readonly #before;

  constructor(desk: Desk, sandbox: Sandbox, account: string, everywhere: boolean, closed: AbortSignal) {
    this.desk = desk;
    this.sandbox = sandbox;
    this.account = account;
    const unattended = unattendedAccounts(desk.engine.configuration);
    this.accounts = everywhere ? unattended : [account];
    this.unattended = unattended.includes(account);
    this.title = brokerName(desk.engine.account(account)?.broker ?? "");
    this.broker = brokerWith(sandbox, account);
    this.#closed = closed;
    this.#before = {
      counts: structuredClone(desk.log.counts),
      generation: desk.log.span(account)?.generation ?? 0,
      sessions: this.sessions,
      logins: desk.logins(),
      mark: sandbox.journal.mark(),
      offsetMs: sandbox.clock.offsetMs,
    };
  }

  /** What came of it, besides what is told. */
  outcome(told: string): ScenarioOutcome {
    const { desk, sandbox } = this;
    const logins = unattendedAccounts(desk.engine.configuration).map((name) => [name, this.logins(name)]);
    const movedMs = sandbox.clock.offsetMs - this.#before.offsetMs;
    const moved = movedMs < 1000 ? undefined : spanOf(movedMs);
    return { told, endedAt: desk.clock.now(), logins: Object.fromEntries(logins), moved };
  }

  /** Lets time pass. @throws BrokerAuthError `aborted` when the desk is closed */
  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { ref: false, signal: this.#closed }).catch(() => {
      throw new BrokerAuthError("aborted", "the desk was closed in the middle of the scenario");
    });
  }

  /** Whether the condition holds in time. */
  until(condition: () => boolean): Promise<boolean> {
    return this.desk.log.until(condition, patienceMs);
  }

  /** `session 1 of main and session 1 of hedge`: the newest ones, as people count them. */
  get sessions(): string {
    const { log } = this.desk;
    const number = (account: string): number => log.sessionNumber(account, log.span(account)?.generation ?? 0);
    return list.format(this.accounts.map((account) => `session ${number(account)} of ${account}`));
  }

  /** The same when it began. */
  get sessionsBefore(): string {
    return this.#before.sessions;
  }

  /** The account's session that a process of ours has made since; undefined while there is none. */
  get newest(): SessionSpan | undefined {
    const span = this.desk.log.span(this.account);
    return span !== undefined && span.generation > this.#before.generation && span.by !== "store" ? span : undefined;
  }

  /** Waits for such a session; undefined where none comes in time. */
  async minted(): Promise<SessionSpan | undefined> {
    await this.until(() => this.newest !== undefined);
    return this.newest;
  }

  /** Waits until the newest session is shared, and says by which processes it was taken over; empty for none. */
  async shared(): Promise<string> {
    const names = (): readonly string[] => {
      const { sharedWith = [], who } = this.desk.log.span(this.account) ?? {};
      return sharedWith.filter((one) => one !== who);
    };
    const lanes = this.desk.view().strategy.workers.flatMap((worker) => worker.lanes);
    // Where one process alone works with the account, nobody takes anything over.
    if (lanes.filter((lane) => lane.account === this.account).length > 1) await this.until(() => names().length > 0);
    return names().length === 0 ? "" : ` ${list.format(names())} took the session over from the store.`;
  }

  /** Waits until the brokers of its accounts have answered the strategy from now on. */
  answered(): Promise<boolean> {
    const { log } = this.desk;
    const before = this.accounts.map((account) => [account, log.account(account).answers] as const);
    return this.until(() => before.every(([account, answers]) => log.account(account).answers > answers));
  }

  /** Calls that ended in this error. */
  named(code: string): number {
    return (this.desk.log.counts.named[code] ?? 0) - (this.#before.counts.named[code] ?? 0);
  }

  /** Calls that ended in any error. */
  get failures(): number {
    const { unexplained, named } = this.desk.log.counts;
    return Object.keys(named).reduce(
      (sum, code) => sum + this.named(code),
      unexplained - this.#before.counts.unexplained,
    );
  }

  /** Logins that the broker has counted. */
  logins(account: string = this.account): number {
    return (this.desk.logins()[account] ?? 0) - (this.#before.logins[account] ?? 0);
  }

  /** What has arrived at the account's broker: by default calls that mint a session. */
  arrived(filter: JournalFilter = {}): number {
    const { account, broker } = this;
    const step = factsOf(broker?.broker ?? "")?.mints;
    return this.sandbox.journal.count({ broker: broker?.broker, account, step, after: this.#before.mark, ...filter });
  }

  /** What the sandbox's journal calls the strategy's call; undefined before the first one. */
  get readStep(): string | undefined {
    const { broker = "" } = this.broker ?? {};
    const path = factsOf(broker)?.read.path;
    return this.sandbox.journal.entries({ broker, account: this.account, path }).at(-1)?.step;
  }

  /** Ends the account's session, and makes all processes let go of it: where the broker knows no logout, it would be good for further calls. */
  async logOut(): Promise<void> {
    await this.desk.engine.run(async (auth) => auth.logout(this.account));
    await this.desk.reload();
  }

  /** Gives all processes a wrong PIN of the account, or the right one back. */
  async setWrongPin(isWrong: boolean): Promise<void> {
    const variable = pinVariable(this.desk, this.account);
    if (variable !== undefined) await this.desk.configuration.setWrongPin(variable, isWrong);
    await this.desk.reload();
  }

  /** What stopped the account's automatic logins; undefined while they go on. */
  get blockedBy(): string | undefined {
    const { state, blockedBy } = this.desk.account(this.account) ?? {};
    return state === "login_blocked" ? blockedBy : undefined;
  }
}

/** Why nobody logs an account in by himself; undefined where somebody does, or it has a session. */
export function restingOf(desk: Desk, name: string): string | undefined {
  const account = desk.account(name);
  if (account === undefined) return `there is no account ${name}`;
  if (account.left) return `${name} is logged out by you`;
  if (account.state === "login_blocked") return `the automatic logins of ${name} have stopped`;
  if (account.trouble?.code === "session_replaced") return `somebody else keeps logging in to ${name}`;
  return account.unattended || account.state === "logged_in" ? undefined : `${name} logs in with a person only`;
}

/** The variable in which the demo's own configuration has an account's PIN, `DESK_MAIN_MPIN`. */
export function pinVariable({ engine }: Desk, account: string): string | undefined {
  const field = Object.keys(engine.account(account) ?? {}).find((name) => name === "mpin" || name === "pin");
  return field === undefined ? undefined : `DESK_${account}_${field}`.toUpperCase();
}

/** `one call`, `2 calls` */
export function counted(count: number, thing: string): string {
  return `${count === 1 ? "one" : count} ${thing}${count === 1 ? "" : "s"}`;
}

function holds({ engine: { configuration } }: Desk, account: string, factor: "mpin" | "totp"): boolean {
  return Object.hasOwn(identityOf(configuration, account)?.factors ?? {}, factor);
}
