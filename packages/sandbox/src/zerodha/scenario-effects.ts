import { type ScenarioBook, type ScenarioBookOptions, createScenarioBook } from "../scenario.ts";
import { cutoffAfter } from "./account-state.ts";
import type { ZerodhaBroker } from "./broker.ts";
import { type ZerodhaScenarioName, zerodhaScenarios } from "./scenarios.ts";

/** The broker's scenarios, with what its table calls "when set". */
export function createZerodhaScenarios(
  options: Pick<ScenarioBookOptions, "accounts" | "changed">,
  broker: () => ZerodhaBroker,
): ScenarioBook<ZerodhaScenarioName> {
  return createScenarioBook({
    ...options,
    known: zerodhaScenarios,
    atOnce: {
      cutoff() {
        const { clock, now } = broker();
        clock.advance(cutoffAfter(now()) - now());
      },
    },
  });
}
