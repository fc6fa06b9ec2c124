import type { Sandbox } from "@x/sandbox";
import type { Desk } from "./desk.ts";
import { impossible } from "./desk-form.ts";
import type { ScenarioOutcome, ScenarioView } from "./desk-view.ts";
import { loginScenarios } from "./login-scenarios.ts";
import { outageScenarios } from "./outage-scenarios.ts";
import { brokersOf } from "./sandbox-side.ts";
import { pinVariable, refusalOf, restingOf, type Scenario, ScenarioStage } from "./scenario-stage.ts";

/** The scenarios that a visitor can cause, one at a time, and what each came to. */
export class Scenarios {
  readonly #desk: Desk;
  readonly #sandbox: Sandbox;
  readonly #all: readonly Scenario[];
  readonly #outcomes = new Map<string, ScenarioOutcome>();
  /** The account at which a scenario lasts. */
  readonly #lasting = new Map<string, string>();
  readonly #closed = new AbortController();
  #running: string | undefined;

  /** @param downMs how long the brokers are down when they are */
  constructor(desk: Desk, sandbox: Sandbox, downMs = 10_000) {
    this.#desk = desk;
    this.#sandbox = sandbox;
    this.#all = [...loginScenarios, ...outageScenarios(downMs)];
  }

  /** A run that was ended in the middle of a scenario may have left it behind. */
  async takeOver(): Promise<void> {
    this.#clear();
    for (const { name } of this.#desk.accounts) {
      const variable = pinVariable(this.#desk, name);
      if (variable !== undefined && (await this.#desk.configuration.hasWrongPin(variable)))
        this.#lasting.set("wrong-pin", name);
    }
  }

  view(): readonly ScenarioView[] {
    return this.#all.map((scenario) => {
      const { id, title, does, everywhere = false, remedy } = scenario;
      return {
        id,
        title,
        does,
        everywhere,
        cannot: Object.fromEntries(
          this.#desk.accounts.map(({ name }) => [name, refusalOf(scenario, this.#desk, name)]),
        ),
        running: this.#running === id,
        remedy: this.#lasting.has(id) ? remedy?.title : undefined,
        lastsAt: this.#lasting.get(id),
        outcome: this.#outcomes.get(id),
      };
    });
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
    const scenario = this.#all.find((one) => one.id === id);
    if (scenario === undefined)
      throw impossible("scenario", "there is no such scenario", "Choose one of those on the page.");
    if (this.#running !== undefined)
      throw impossible("scenario", "another scenario is under way", "Wait until it is over.");
    const lastsAt = this.#lasting.get(id);
    const reason = lastsAt === undefined ? refusalOf(scenario, this.#desk, account) : undefined;
    if (reason !== undefined) throw impossible("scenario", reason, "Choose another account.");
    this.#running = id;
    const desk = this.#desk;
    try {
      const act = (lastsAt === undefined ? undefined : scenario.remedy) ?? scenario;
      const place = lastsAt ?? account;
      const open = (): ScenarioStage =>
        new ScenarioStage(desk, this.#sandbox, place, scenario.everywhere === true, this.#closed.signal);
      if (act.needsNobody !== true) await this.#requireSessions(open());
      // However far it comes: what it has changed by then has to be put right.
      if (scenario.remedy !== undefined) this.#lasting.set(id, place);
      desk.log.tell(desk.clock.now(), "scenario", act.title);
      const stage = open();
      this.#outcomes.set(id, stage.outcome(await act.run(stage)));
      if (lastsAt !== undefined) this.#lasting.delete(id);
    } finally {
      this.#running = undefined;
      desk.log.changed();
    }
  }

  /** Waits until the accounts have a session, so that there is something to break, and refuses where nobody will make one. */
  async #requireSessions(stage: ScenarioStage): Promise<void> {
    const desk = this.#desk;
    await desk.look();
    const why = (): string | undefined => stage.accounts.flatMap((account) => restingOf(desk, account) ?? [])[0];
    const without = (): string =>
      stage.accounts.filter((account) => desk.account(account)?.state !== "logged_in").join(" and ");
    const settled = await stage.until(() => why() !== undefined || without() === "");
    const reason = why();
    if (reason !== undefined)
      throw impossible("scenario", reason, "Nothing was done: log in or unlock on its card first.");
    if (!settled)
      throw impossible("scenario", `${without()} got no session in time`, "Nothing was done: look at its card.");
  }

  #clear(): void {
    for (const broker of brokersOf(this.#sandbox)) broker.clearScenarios();
  }
}
