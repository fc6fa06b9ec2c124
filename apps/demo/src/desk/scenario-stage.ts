import { setTimeout as sleep } from "node:timers/promises";
import { BrokerAuthError } from "@x/core";
import type { Factor } from "@x/core/adapter";
import type { JournalFilter, Sandbox, SandboxBroker } from "@x/sandbox";
import { brokerFacts, factsOf } from "../broker-facts.ts";
import { identityOf, unattendedAccounts } from "../strategy/engine.ts";
import type { Desk } from "./desk.ts";
import type { DeskConfiguration } from "./desk-configuration.ts";
import type { SessionSpan } from "./desk-view.ts";
import { brokerWith } from "./sandbox-side.ts";

/** Something that is made to happen. */
export interface Act {
  readonly title: string;
  /** Whether it is no matter if the account has a session. Without one there is nothing to break otherwise, and nothing is done. */
  readonly needsNobody?: true;
  /** Makes it happen and waits for what comes of it. Returns what was seen, in a sentence or two. */
  readonly run: (stage: ScenarioStage, account: string) => Promise<string>;
}

/** What can go wrong at a desk. It is caused at the broker or at our own computers, never inside the library. */
export interface Scenario extends Act {
  readonly id: string;
  /** What will happen, in a sentence. */
  readonly does: string;
  /** Whether it is about all accounts that log in by themselves, and not about one. */
  readonly everywhere?: true;
  /** Why it cannot be had at this account; undefined where it can. */
  readonly cannot?: (stage: ScenarioStage, account: string) => string | undefined;
  /** What ends it, where it lasts. */
  readonly remedy?: Act;
}

/** What a scenario has to know of an account's broker. */
interface Place {
  readonly title: string;
  readonly broker: SandboxBroker | undefined;
  /** Whether the account logs in without a person. */
  readonly unattended: boolean;
  /** What the sandbox's journal calls the strategy's call; undefined before the first one. */
  readonly readStep: string | undefined;
}

// A login may have to wait for the next TOTP code, and then some.
const patienceMs = 45_000;
const list = new Intl.ListFormat("en-GB");

/** Everything that a scenario may lay its hands on, and what can be read off while it happens. */
export class ScenarioStage {
  readonly desk: Desk;
  readonly sandbox: Sandbox;
  readonly configuration: DeskConfiguration;
  /** How long the brokers are down when they are. */
  readonly downMs: number;
  readonly #closed: AbortSignal;

  constructor(desk: Desk, sandbox: Sandbox, configuration: DeskConfiguration, downMs: number, closed: AbortSignal) {
    this.desk = desk;
    this.sandbox = sandbox;
    this.configuration = configuration;
    this.downMs = downMs;
    this.#closed = closed;
  }

  at(account: string): Place {
    const { broker = "" } = this.desk.engine.configuration.accounts[account] ?? {};
    const { read, title } = factsOf(broker) ?? brokerFacts.nubra;
    return {
      title,
      broker: brokerWith(this.sandbox, account),
      unattended: this.unattended.includes(account),
      readStep: this.sandbox.journal.entries({ broker, account, path: read.path }).at(-1)?.step,
    };
  }

  /** Accounts that log in without a person. */
  get unattended(): readonly string[] {
    return unattendedAccounts(this.desk.engine.configuration);
  }

  /** Why a scenario about a factor cannot be had, where the account is configured without it. */
  without(account: string, factor: Factor): string | undefined {
    const found = identityOf(this.desk.engine.configuration, account)?.factors ?? {};
    if (Object.hasOwn(found, factor)) return undefined;
    return `Cannot be had here: the configuration of ${account} holds no ${factor === "mpin" ? "PIN" : "TOTP secret"}.`;
  }

  /** Why a scenario with a login cannot be had, where that asks a person. */
  attended(account: string): string | undefined {
    return this.unattended.includes(account) ? undefined : `Cannot be had here: ${account} logs in with a person only.`;
  }

  /** Why a scenario cannot be had that the sandbox's broker does not play. */
  unknown(account: string, scenario: string): string | undefined {
    const { broker, title } = this.at(account);
    if (broker !== undefined && Object.hasOwn(broker.scenarios.known, scenario)) return undefined;
    return `Cannot be had here: ${title} asks for PIN and code at its own page, and what locks there is not ours.`;
  }

  /** What the journal knows of the calls that mint a session of the account, after this mark. */
  sent(account: string, after: number): JournalFilter {
    const { broker = "" } = this.desk.engine.configuration.accounts[account] ?? {};
    return { broker, account, step: factsOf(broker)?.mints, after };
  }

  /** Ends the account's session, and makes all processes let go of it: where the broker knows no logout, it would be good for further calls. */
  async logOut(account: string): Promise<void> {
    await this.desk.engine.run(async (auth) => auth.logout(account));
    await this.desk.reload();
  }

  /** Gives all processes a wrong PIN of the account, or the right one back. */
  async setWrongPin(account: string, wrong: boolean): Promise<void> {
    const variable = this.pinVariable(account);
    if (variable !== undefined) await this.configuration.setWrongPin(variable, wrong);
    await this.desk.reload();
  }

  /** The variable in which the demo's own configuration has the account's PIN, `DESK_MAIN_MPIN`. */
  pinVariable(account: string): string | undefined {
    const fields = Object.keys(this.desk.engine.configuration.accounts[account] ?? {});
    const field = fields.find((name) => name === "mpin" || name === "pin");
    return field === undefined ? undefined : `DESK_${account}_${field}`.toUpperCase();
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

  /** Whether the account had a session when it was looked at last. */
  live(account: string): boolean {
    return this.desk.account(account)?.state === "logged_in";
  }

  /** Which session of the account is the newest; 0 for none. */
  generation(account: string): number {
    return this.desk.log.span(account)?.generation ?? 0;
  }

  /** `session 1 of main and session 1 of hedge`: the newest ones, as people count them. */
  sessions(...accounts: readonly string[]): string {
    const number = (account: string): number => this.desk.log.sessionNumber(account, this.generation(account));
    return list.format(accounts.map((account) => `session ${number(account)} of ${account}`));
  }

  /** The account's newest session, where it is newer than this one and a process of ours has made it. */
  newest(account: string, before: number): SessionSpan | undefined {
    const span = this.desk.log.span(account);
    return span !== undefined && span.generation > before && span.by !== "store" ? span : undefined;
  }

  /** Waits for such a session; undefined where none comes in time. */
  async minted(account: string, before: number): Promise<SessionSpan | undefined> {
    await this.until(() => this.newest(account, before) !== undefined);
    return this.newest(account, before);
  }

  /** Waits until the newest session is shared, and says by which processes it was taken over; empty for none. */
  async shared(account: string): Promise<string> {
    const names = (): readonly string[] => {
      const span = this.desk.log.span(account);
      return (span?.sharedWith ?? []).filter((who) => who !== span?.who);
    };
    const lanes = this.desk.view().strategy.workers.flatMap((worker) => worker.lanes);
    // Where one process alone works with the account, nobody takes anything over.
    if (lanes.filter((lane) => lane.account === account).length > 1) await this.until(() => names().length > 0);
    return names().length === 0 ? "" : ` ${list.format(names())} took the session over from the store.`;
  }

  /** Calls that ended in this error. */
  named(code: string): number {
    return this.desk.log.named[code] ?? 0;
  }

  /** Calls that ended in any error. */
  get failures(): number {
    const { unexplained, named } = this.desk.log;
    return Object.values(named).reduce((sum, count) => sum + count, unexplained);
  }

  /** Waits until the brokers of these accounts have answered the strategy from now on. */
  answered(...accounts: readonly string[]): Promise<boolean> {
    const { log } = this.desk;
    const before = accounts.map((account) => log.answersOf(account));
    return this.until(() => accounts.every((account, at) => log.answersOf(account) > (before[at] ?? 0)));
  }

  /** Why nobody logs this account in by himself; undefined where somebody does. */
  resting(name: string): string | undefined {
    const account = this.desk.account(name);
    if (account === undefined) return `there is no account ${name}`;
    if (account.left) return `${name} is logged out by you`;
    if (account.state === "login_blocked") return `the automatic logins of ${name} have stopped`;
    if (account.trouble?.code === "session_replaced") return `somebody else keeps logging in to ${name}`;
    return account.unattended || this.live(name) ? undefined : `${name} logs in with a person only`;
  }

  /** What stopped the account's automatic logins; undefined while they go on. */
  blockedBy(name: string): string | undefined {
    const account = this.desk.account(name);
    return account?.state === "login_blocked" ? account.blockedBy : undefined;
  }
}

/** `one call`, `2 calls` */
export function counted(count: number, thing: string): string {
  return `${count === 1 ? "one" : count} ${thing}${count === 1 ? "" : "s"}`;
}
