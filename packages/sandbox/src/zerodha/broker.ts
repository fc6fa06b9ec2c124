import type { CallerAddresses } from "../caller-addresses.ts";
import type { SandboxClock } from "../clock.ts";
import type { ScenarioBook } from "../scenario.ts";
import type { Account } from "./account-state.ts";
import type { ZerodhaScenarioName } from "./scenarios.ts";

/** The broker with all it knows. */
export interface ZerodhaBroker {
  readonly clock: SandboxClock;
  /** The broker's time: the clock and the skew that a scenario adds. */
  readonly now: () => number;
  readonly accounts: readonly Account[];
  readonly scenarios: ScenarioBook<ZerodhaScenarioName>;
  readonly callers: CallerAddresses;
  readonly lint: boolean;
  /** A second login ends the first. Unknown for the real broker, taken as yes (reference section 8). */
  readonly exclusive: boolean;
  readonly elsewhereUrl: string;
}

/** An account of the app with this key: it knows the app's secret and its redirect address. */
export function appOf(broker: ZerodhaBroker, apiKey: string | null | undefined): Account | undefined {
  return broker.accounts.find(({ customer }) => customer.apiKey === apiKey);
}
