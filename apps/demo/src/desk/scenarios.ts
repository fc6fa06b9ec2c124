import { BrokerAuthError } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import type { Desk } from "./desk.ts";
import { spanOf } from "./desk-clock.ts";
import type { DeskConfiguration } from "./desk-configuration.ts";
import type { ScenarioView } from "./desk-view.ts";
import { loginScenarios } from "./login-scenarios.ts";
import { outageScenarios } from "./outage-scenarios.ts";
import { brokersOf } from "./sandbox-side.ts";
import { type Act, type Scenario, ScenarioStage } from "./scenario-stage.ts";

const scenarioList = [...loginScenarios, ...outageScenarios];

/** The scenarios that a visitor can cause, one at a time, and what each came to. */
export class Scenarios {
  readonly #stage: ScenarioStage;
  readonly #outcomes = new Map<string, Pick<ScenarioView, "told" | "endedAt" | "logins" | "moved">>();
  /** The account at which a scenario lasts. */
  readonly #lasting = new Map<string, string>();
  readonly #closed = new AbortController();
  readonly #read = new Map<string, ScenarioView["cannot"]>();
  #readFrom: object | undefined;
  #running: string | undefined;

  private constructor(desk: Desk, sandbox: Sandbox, configuration: DeskConfiguration, downMs: number) {
    this.#stage = new ScenarioStage(desk, sandbox, configuration, downMs, this.#closed.signal);
  }

  /** A run that was ended in the middle of a scenario may have left it behind. */
  static async open(
    desk: Desk,
    sandbox: Sandbox,
    configuration: DeskConfiguration,
    downMs = 10_000,
  ): Promise<Scenarios> {
    const scenarios = new Scenarios(desk, sandbox, configuration, downMs);
    scenarios.#clear();
    for (const { name } of desk.accounts) {
      const variable = scenarios.#stage.pinVariable(name);
      if (variable !== undefined && (await configuration.hasWrongPin(variable)))
        scenarios.#lasting.set("wrong-pin", name);
    }
    return scenarios;
  }

  view(): readonly ScenarioView[] {
    return scenarioList.map(({ id, title, does, everywhere = false, cannot, remedy }) => ({
      id,
      title,
      does,
      everywhere,
      cannot: cannot === undefined ? {} : this.#refusals(id, cannot),
      running: this.#running === id,
      remedy: this.#lasting.has(id) ? remedy?.title : undefined,
      ...this.#outcomes.get(id),
    }));
  }

  // Read once per configuration: the page asks several times a second.
  #refusals(id: string, cannot: NonNullable<Scenario["cannot"]>): ScenarioView["cannot"] {
    const { configuration } = this.#stage.desk.engine;
    if (this.#readFrom !== configuration) this.#read.clear();
    this.#readFrom = configuration;
    const names = Object.keys(configuration.accounts);
    const found = this.#read.get(id) ?? Object.fromEntries(names.map((name) => [name, cannot(this.#stage, name)]));
    this.#read.set(id, found);
    return found;
  }

  /** The brokers play no part of a scenario any more. */
  close(): void {
    this.#closed.abort();
    this.#clear();
  }

  /**
   * Causes a scenario at an account, or ends one that lasts, and waits until it is over.
   * @throws BrokerAuthError `configuration`, with nothing done, while another one is under way or where an account that it needs has no session
   */
  async cause(id: string, account: string): Promise<void> {
    const scenario = scenarioList.find((one) => one.id === id);
    if (scenario === undefined) throw impossible("there is no such scenario", "Choose one of those on the page.");
    if (this.#running !== undefined) throw impossible("another scenario is under way", "Wait until it is over.");
    const lastsAt = this.#lasting.get(id);
    const reason = lastsAt === undefined ? scenario.cannot?.(this.#stage, account) : undefined;
    if (reason !== undefined) throw impossible(reason, "Choose another account.");
    this.#running = id;
    try {
      const act = (lastsAt === undefined ? undefined : scenario.remedy) ?? scenario;
      const place = lastsAt ?? account;
      if (act.needsNobody !== true) await this.#requireSessions(scenario.everywhere ? this.#stage.unattended : [place]);
      // However far it comes: what it has changed by then has to be put right.
      if (scenario.remedy !== undefined) this.#lasting.set(id, place);
      await this.#play(id, act, place);
      if (lastsAt !== undefined) this.#lasting.delete(id);
    } finally {
      this.#running = undefined;
      this.#stage.desk.log.changed();
    }
  }

  async #play(id: string, act: Act, account: string): Promise<void> {
    const { desk, sandbox } = this.#stage;
    const { log, clock } = desk;
    const before = desk.logins();
    const offsetBefore = sandbox.clock.offsetMs;
    log.tell(clock.now(), "scenario", act.title);
    const told = await act.run(this.#stage, account);
    const logins = Object.entries(desk.logins())
      .filter(([name]) => desk.account(name)?.unattended)
      .map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
    const movedMs = sandbox.clock.offsetMs - offsetBefore;
    const moved = movedMs < 1000 ? undefined : spanOf(movedMs);
    this.#outcomes.set(id, { told, endedAt: clock.now(), logins: Object.fromEntries(logins), moved });
  }

  /** Waits until the accounts have a session, so that there is something to break, and refuses where nobody will make one. */
  async #requireSessions(needs: readonly string[]): Promise<void> {
    const stage = this.#stage;
    await stage.desk.look();
    const why = (): string | undefined =>
      needs.map((account) => stage.resting(account)).find((reason) => reason !== undefined);
    const without = (): string =>
      needs.filter((account) => stage.desk.account(account)?.state !== "logged_in").join(" and ");
    const settled = await stage.until(() => why() !== undefined || without() === "");
    const reason = why();
    if (reason !== undefined) throw impossible(reason, "Nothing was done: log in or unlock on its card first.");
    if (!settled) throw impossible(`${without()} got no session in time`, "Nothing was done: look at its card.");
  }

  #clear(): void {
    for (const broker of brokersOf(this.#stage.sandbox)) broker.clearScenarios();
  }
}

function impossible(message: string, action: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message, { field: "scenario", action });
}
