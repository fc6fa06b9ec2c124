import { AccountActions } from "./account-actions.ts";
import { Desk, type DeskOptions } from "./desk.ts";
import type { DeskView } from "./desk-view.ts";
import { Scenarios } from "./scenarios.ts";

/** A desk, and what a visitor can do there. */
export interface OpenDesk {
  readonly desk: Desk;
  readonly actions: AccountActions;
  /** Undefined with a configuration of the user's: there nothing is put out of order, not even at the sandbox. */
  readonly scenarios: Scenarios | undefined;
  /** What the page shows. */
  readonly view: () => DeskView;
  close(): Promise<void>;
}

/** @throws BrokerAuthError `configuration` before anything is sent */
export async function openDesk({ downMs, ...options }: DeskOptions & { readonly downMs?: number }): Promise<OpenDesk> {
  const { sandbox, configuration } = options;
  const desk = await Desk.open(options);
  const actions = new AccountActions(desk);
  const scenarios =
    sandbox === undefined || !configuration.own
      ? undefined
      : await Scenarios.open(desk, sandbox, configuration, downMs);
  return {
    desk,
    actions,
    scenarios,
    view: () => ({ ...desk.view(), scenarios: scenarios?.view() }),
    async close() {
      actions.close();
      scenarios?.close();
      await desk.close();
    },
  };
}
