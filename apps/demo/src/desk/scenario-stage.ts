import { setTimeout as sleep } from "node:timers/promises";
import { BrokerAuthError } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import type { Desk } from "./desk.ts";
import type { DeskConfiguration } from "./desk-configuration.ts";

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

  /** Every part that the brokers play, of this run or of one that was ended. */
  endScenarios(): void {
    for (const broker of [this.sandbox.nubra, this.sandbox.kotakNeo]) broker.clearScenarios();
  }

  /** Whether the condition holds in time. */
  until(condition: () => boolean): Promise<boolean> {
    return this.desk.log.until(condition, patienceMs);
  }

  /** Which session of the account is the newest; 0 for none. */
  generation(account: string): number {
    return this.desk.log.span(account)?.generation ?? 0;
  }

  /** The number of a session for people; of the newest one by default. */
  number(account: string, generation: number = this.generation(account)): number {
    return this.desk.log.sessionNumber(account, generation);
  }

  /** Waits for a session that is newer than this one and that a process of ours has made. */
  minted(account: string, before: number): Promise<boolean> {
    return this.until(() => this.isMinted(account, before));
  }

  isMinted(account: string, before: number): boolean {
    const span = this.desk.log.span(account);
    return span !== undefined && span.generation > before && span.by !== "store";
  }

  /** Waits until the newest session is shared. Returns the processes that took it over, in words: `risk and momentum`; empty for none. */
  async takers(account: string): Promise<string> {
    const names = (): readonly string[] => {
      const span = this.desk.log.span(account);
      return (span?.sharedWith ?? []).filter((who) => who !== span?.who);
    };
    await this.until(() => names().length > 0);
    return listed(names());
  }

  /** Calls that ended in this error. */
  named(code: string): number {
    return this.desk.log.named[code] ?? 0;
  }

  /** Calls that ended in any error. */
  get failures(): number {
    const { unexplained, named } = this.desk.log;
    return unexplained + Object.values(named).reduce((sum, count) => sum + count, 0);
  }

  /** Sessions of the account that its broker has counted. */
  logins(account: string): number {
    return this.desk.logins()[account] ?? 0;
  }

  /** Waits until the brokers of these accounts have answered the strategy from now on. */
  answered(...accounts: readonly string[]): Promise<boolean> {
    const { log } = this.desk;
    const before = accounts.map((account) => log.answersOf(account));
    return this.until(() => accounts.every((account, at) => log.answersOf(account) > (before[at] ?? 0)));
  }
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
