import { BrokerAuthError, isBrokerAuthError } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import type { Desk } from "./desk.ts";
import type { DeskConfiguration } from "./desk-configuration.ts";
import type { AccidentView } from "./desk-view.ts";
import { accidentList, type Stage } from "./accident-list.ts";

interface Outcome {
  readonly told: string;
  readonly endedAt: number;
  readonly logins: Readonly<Record<string, number>>;
}

/** The accidents that a visitor can cause, one at a time, and what each came to. */
export class Accidents {
  readonly #stage: Stage;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #lasting = new Set<string>();
  #running: string | undefined;

  constructor(desk: Desk, sandbox: Sandbox, configuration: DeskConfiguration, downMs = 10_000) {
    this.#stage = { desk, sandbox, configuration, downMs };
  }

  view(): readonly AccidentView[] {
    return accidentList.map(({ id, title, does, remedy }) => {
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

  /** A run that was ended in the middle of an accident may have left it behind. */
  async find(): Promise<void> {
    if (await this.#stage.configuration.hasWrongMpin("main")) this.#lasting.add("wrong-mpin");
  }

  /** Causes an accident, or ends one that lasts, and waits until it is over. @throws BrokerAuthError `configuration` while another one is under way */
  async cause(id: string): Promise<void> {
    const accident = accidentList.find((one) => one.id === id);
    if (accident === undefined) throw refused("there is no such accident");
    if (this.#running !== undefined) throw refused("another accident is under way; wait until it is over");
    this.#running = id;
    const { desk } = this.#stage;
    const { book, clock } = desk;
    const before = desk.logins();
    const ending = this.#lasting.has(id) ? accident.remedy : undefined;
    book.tell(clock.now(), "accident", ending?.title ?? accident.title);
    let told: string;
    try {
      told = await (ending ?? accident).run(this.#stage);
      if (ending !== undefined) this.#lasting.delete(id);
      else if (accident.remedy !== undefined) this.#lasting.add(id);
    } catch (error) {
      told = `It did not come about: ${isBrokerAuthError(error) ? `${error.code}, ${error.message}` : "the server could not carry it out"}.`;
    } finally {
      this.#running = undefined;
    }
    const after = desk.logins();
    const logins = Object.fromEntries(
      Object.entries(after)
        .map(([account, count]) => [account, count - (before[account] ?? 0)] as const)
        .filter(([account]) => desk.isUnattended(account)),
    );
    this.#outcomes.set(id, { told, endedAt: clock.now(), logins });
    book.changed();
  }
}

function refused(message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message, { field: "accident" });
}
