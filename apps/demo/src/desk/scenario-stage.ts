import { setTimeout as sleep } from "node:timers/promises";
import { BrokerAuthError } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import type { Desk } from "./desk.ts";
import type { DeskConfiguration } from "./desk-configuration.ts";
import type { SessionSpan } from "./desk-view.ts";

/** Something that is made to happen. */
export interface Act {
  readonly title: string;
  /** Accounts that must have a session before: else there is nothing to break, and nothing is done. */
  readonly needs: readonly string[];
  /** Makes it happen and waits for what comes of it. Returns what was seen, in a sentence or two. */
  readonly run: (stage: ScenarioStage) => Promise<string>;
}

/** What can go wrong at a desk. It is caused at the broker or at our own computers, never inside the library. */
export interface Scenario extends Act {
  readonly id: string;
  /** What will happen, in a sentence. */
  readonly does: string;
  /** What ends it, where it lasts. */
  readonly remedy?: Act;
}

// A login may have to wait for the next TOTP code, and then some.
const patienceMs = 45_000;

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

  /** Which session of the account is the newest; 0 for none. */
  generation(account: string): number {
    return this.desk.log.span(account)?.generation ?? 0;
  }

  /** `session 1 of main and session 1 of hedge`: the newest ones, as people count them. */
  sessions(...accounts: readonly string[]): string {
    const number = (account: string): number => this.desk.log.sessionNumber(account, this.generation(account));
    return accounts.map((account) => `session ${number(account)} of ${account}`).join(" and ");
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
  async takers(account: string): Promise<string> {
    const names = (): readonly string[] => {
      const span = this.desk.log.span(account);
      return (span?.sharedWith ?? []).filter((who) => who !== span?.who);
    };
    await this.until(() => names().length > 0);
    return new Intl.ListFormat("en-GB").format(names());
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
    return account.unattended ? undefined : `${name} logs in with a person only`;
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
