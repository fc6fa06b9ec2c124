import type { CallerAddresses } from "../caller-addresses.ts";
import type { SandboxClock } from "../clock.ts";
import type { ScenarioBook } from "../scenario.ts";
import type { TotpVerifier } from "../totp-verifier.ts";
import type { Account, MintOptions } from "./account-state.ts";
import type { AngelOneScenarioName } from "./scenarios.ts";

/** The broker with all it knows. */
export interface AngelOneBroker {
  readonly clock: SandboxClock;
  /** The broker's time: the clock and the skew that a scenario adds. */
  readonly now: () => number;
  readonly accounts: readonly Account[];
  readonly totp: TotpVerifier;
  readonly scenarios: ScenarioBook<AngelOneScenarioName>;
  readonly callers: CallerAddresses;
  readonly lint: boolean;
  readonly mint: MintOptions;
  /** The envelopes say `"false"` and `"null"` as texts. */
  readonly strings: boolean;
  readonly elsewhereUrl: string;
}
