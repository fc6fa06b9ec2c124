import { BrokerAuthError } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import type { Act } from "./scenario.ts";
import { scenarioList } from "./scenario-list.ts";
import { ScenarioStage } from "./scenario-stage.ts";
import type { Desk } from "./desk.ts";
import { spanOf } from "./desk-clock.ts";
import type { DeskConfiguration } from "./desk-configuration.ts";
import type { ScenarioView } from "./desk-view.ts";

type Outcome = Pick<ScenarioView, "told" | "endedAt" | "logins" | "moved">;

/** The scenarios that a visitor can cause, one at a time, and what each came to. */
export class Scenarios {
  readonly #stage: ScenarioStage;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #lasting = new Set<string>();
  readonly #closed = new AbortController();
  #running: string | undefined;

  constructor(desk: Desk, sandbox: Sandbox, configuration: DeskConfiguration, downMs = 10_000) {
    this.#stage = new ScenarioStage(desk, sandbox, configuration, downMs, this.#closed.signal);
  }

  view(): readonly ScenarioView[] {
    return scenarioList.map(({ id, title, does, remedy }) => {
      const outcome = this.#outcomes.get(id);
      return {
        id,
        title,
        does,
        running: this.#running === id,
        ...(remedy !== undefined && this.#lasting.has(id) ? { remedy: remedy.title } : {}),
        ...outcome,
      };
    });
  }

  /** A run that was ended in the middle of a scenario may have left it behind. */
  async find(): Promise<void> {
    this.#stage.endScenarios();
    if (await this.#stage.configuration.hasWrongMpin("main")) this.#lasting.add("wrong-mpin");
  }

  /** The brokers play no part of a scenario any more. */
  close(): void {
    this.#closed.abort();
    this.#stage.endScenarios();
  }

  /**
   * Causes a scenario, or ends one that lasts, and waits until it is over.
   * @throws BrokerAuthError `configuration`, with nothing done, while another one is under way or where an account that it needs has no session
   */
  async cause(id: string): Promise<void> {
    const scenario = scenarioList.find((one) => one.id === id);
    if (scenario === undefined) throw refused("there is no such scenario", "Choose one of those on the page.");
    if (this.#running !== undefined) throw refused("another scenario is under way", "Wait until it is over.");
    this.#running = id;
    try {
      const ending = this.#lasting.has(id) ? scenario.remedy : undefined;
      await this.#requireSessions(ending ?? scenario);
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
    // However far it comes: what it has changed by then has to be put right.
    if ("remedy" in act && act.remedy !== undefined) this.#lasting.add(id);
    const told = await act.run(this.#stage);
    const logins = Object.fromEntries(
      Object.entries(desk.logins())
        .map(([account, count]) => [account, count - (before[account] ?? 0)] as const)
        .filter(([account]) => desk.isUnattended(account)),
    );
    const movedMs = sandbox.clock.offsetMs - offsetBefore;
    const moved = movedMs < 1000 ? {} : { moved: spanOf(movedMs) };
    this.#outcomes.set(id, { told, endedAt: clock.now(), logins, ...moved });
  }

  /** Waits until the accounts have a session, so that there is something to break, and refuses where nobody will make one. */
  async #requireSessions({ needs }: Act): Promise<void> {
    const { desk } = this.#stage;
    await desk.look();
    const why = (): string | undefined =>
      needs.map((account) => desk.resting(account)).find((reason) => reason !== undefined);
    const without = (): string => needs.filter((account) => !desk.isLive(account)).join(" and ");
    const settled = await this.#stage.until(() => why() !== undefined || without() === "");
    const reason = why();
    if (reason !== undefined) throw refused(reason, "Nothing was done: log in or unlock on its card first.");
    if (settled) return;
    throw refused(`${without()} got no session in time`, "Nothing was done: look at its card.");
  }
}

function refused(message: string, action: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message, { field: "scenario", action });
}
