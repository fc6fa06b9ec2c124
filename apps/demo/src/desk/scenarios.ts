import { BrokerAuthError } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import type { Desk } from "./desk.ts";
import { spanOf } from "./desk-clock.ts";
import type { DeskConfiguration } from "./desk-configuration.ts";
import type { ScenarioView } from "./desk-view.ts";
import { loginScenarios } from "./login-scenarios.ts";
import { outageScenarios } from "./outage-scenarios.ts";
import { type Act, ScenarioStage } from "./scenario-stage.ts";

const scenarioList = [...loginScenarios, ...outageScenarios];

/** The scenarios that a visitor can cause, one at a time, and what each came to. */
export class Scenarios {
  readonly #stage: ScenarioStage;
  readonly #outcomes = new Map<string, Pick<ScenarioView, "told" | "endedAt" | "logins" | "moved">>();
  readonly #lasting = new Set<string>();
  readonly #closed = new AbortController();
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
    if (await configuration.hasWrongMpin("main")) scenarios.#lasting.add("wrong-mpin");
    return scenarios;
  }

  view(): readonly ScenarioView[] {
    return scenarioList.map(({ id, title, does, remedy }) => {
      const lasts = this.#lasting.has(id) ? remedy?.title : undefined;
      return { id, title, does, running: this.#running === id, remedy: lasts, ...this.#outcomes.get(id) };
    });
  }

  /** The brokers play no part of a scenario any more. */
  close(): void {
    this.#closed.abort();
    this.#clear();
  }

  /**
   * Causes a scenario, or ends one that lasts, and waits until it is over.
   * @throws BrokerAuthError `configuration`, with nothing done, while another one is under way or where an account that it needs has no session
   */
  async cause(id: string): Promise<void> {
    const scenario = scenarioList.find((one) => one.id === id);
    if (scenario === undefined) throw impossible("there is no such scenario", "Choose one of those on the page.");
    if (this.#running !== undefined) throw impossible("another scenario is under way", "Wait until it is over.");
    this.#running = id;
    try {
      const ending = this.#lasting.has(id) ? scenario.remedy : undefined;
      await this.#requireSessions(ending ?? scenario);
      // However far it comes: what it has changed by then has to be put right.
      if (scenario.remedy !== undefined) this.#lasting.add(id);
      await this.#play(id, ending ?? scenario);
      if (ending !== undefined) this.#lasting.delete(id);
    } finally {
      this.#running = undefined;
      this.#stage.desk.log.changed();
    }
  }

  async #play(id: string, act: Act): Promise<void> {
    const { desk, sandbox } = this.#stage;
    const { log, clock } = desk;
    const before = desk.logins();
    const offsetBefore = sandbox.clock.offsetMs;
    log.tell(clock.now(), "scenario", act.title);
    const told = await act.run(this.#stage);
    const logins = Object.entries(desk.logins())
      .filter(([account]) => desk.account(account)?.unattended)
      .map(([account, count]) => [account, count - (before[account] ?? 0)] as const);
    const movedMs = sandbox.clock.offsetMs - offsetBefore;
    const moved = movedMs < 1000 ? undefined : spanOf(movedMs);
    this.#outcomes.set(id, { told, endedAt: clock.now(), logins: Object.fromEntries(logins), moved });
  }

  /** Waits until the accounts have a session, so that there is something to break, and refuses where nobody will make one. */
  async #requireSessions({ needs }: Act): Promise<void> {
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
    for (const broker of [this.#stage.sandbox.nubra, this.#stage.sandbox.kotakNeo]) broker.clearScenarios();
  }
}

function impossible(message: string, action: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message, { field: "scenario", action });
}
