import { type ScenarioBook, type ScenarioBookOptions, createScenarioBook } from "../scenario.ts";
import { cutoffAfter } from "./account-state.ts";
import type { ZerodhaBroker } from "./broker.ts";
import { type ZerodhaScenarioName, zerodhaScenarios } from "./scenarios.ts";

/** A book whose `set` carries out at once what its table calls "when set"; of such a scenario nothing is left to play. */
export function createZerodhaScenarios(
  options: Pick<ScenarioBookOptions, "accounts" | "changed">,
  broker: () => ZerodhaBroker,
): ScenarioBook<ZerodhaScenarioName> {
  const book = createScenarioBook({ ...options, known: zerodhaScenarios });

  return {
    ...book,
    set(account, scenario) {
      book.set(account, scenario);
      if (scenario.name !== "cutoff") return;
      book.clear(account, scenario.name);
      const { clock, now } = broker();
      clock.advance(cutoffAfter(now()) - now());
      options.changed?.();
    },
  };
}
