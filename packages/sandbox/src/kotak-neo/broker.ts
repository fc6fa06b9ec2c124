import type { CallerAddresses } from "../caller-addresses.ts";
import type { SandboxClock } from "../clock.ts";
import type { ScenarioBook } from "../scenario.ts";
import type { TotpVerifier } from "../totp-verifier.ts";
import type { Account } from "./account-state.ts";
import type { FailureLook } from "./refusal.ts";
import type { KotakNeoScenarioName } from "./scenarios.ts";

/** The broker with all it knows. */
export interface KotakNeoBroker {
  readonly clock: SandboxClock;
  /** The broker's time: the clock and the skew that a scenario adds. */
  readonly now: () => number;
  readonly accounts: readonly Account[];
  readonly totp: TotpVerifier;
  readonly scenarios: ScenarioBook<KotakNeoScenarioName>;
  readonly callers: CallerAddresses;
  readonly look: FailureLook;
  /** Answers as the original document has them, without hosts. */
  readonly documented: boolean;
  readonly lint: boolean;
  readonly neoFinKey: string;
  /** A second login ends the first. Unknown for the real broker, taken as no (reference section 11). */
  readonly exclusive: boolean;
  /** Known once the listeners are up. */
  readonly tradingUrl: () => string;
  readonly elsewhereUrl: string;
}
