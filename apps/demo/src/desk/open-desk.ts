import { AccountActions } from "./account-actions.ts";
import { Desk, type DeskOptions } from "./desk.ts";
import type { DeskView } from "./desk-view.ts";
import { Enrolments } from "./enrolment.ts";
import { Scenarios } from "./scenarios.ts";

/** A desk, and what a visitor can do there. */
export interface OpenDesk {
  readonly desk: Desk;
  readonly actions: AccountActions;
  readonly enrolments: Enrolments;
  /** Undefined with a configuration of the user's: there nothing is put out of order, not even at the sandbox. */
  readonly scenarios: Scenarios | undefined;
  /** What the page shows. */
  readonly view: () => DeskView;
  close(): Promise<void>;
}

/** @param downMs how long the scenario of an outage lasts @throws BrokerAuthError `configuration` before anything is sent */
export async function openDesk({ downMs, ...options }: DeskOptions & { readonly downMs?: number }): Promise<OpenDesk> {
  const { sandbox, configuration } = options;
  const desk = await Desk.open(options);
  const enrolments = new Enrolments(desk);
  const actions = new AccountActions(desk, enrolments);
  const scenarios = sandbox !== undefined && configuration.own ? new Scenarios(desk, sandbox, downMs) : undefined;
  await scenarios?.takeOver();
  return {
    desk,
    actions,
    enrolments,
    scenarios,
    view: () => desk.view(scenarios?.view()),
    async close() {
      enrolments.close();
      scenarios?.close();
      await desk.close();
    },
  };
}
