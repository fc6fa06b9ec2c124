import type { BrokerSandboxOptions } from "../broker.ts";
import type { KotakNeoSandboxAccount } from "./account.ts";
import type { KotakNeoFailureStyle } from "./refusal.ts";
import type { KotakNeoScenarioName } from "./scenarios.ts";

/** Which generation of login paths the broker has (reference section 2): the current one, that of the original document, or both. */
export type KotakNeoApi = "both" | "trade-api" | "totp-v6";

export interface KotakNeoSandboxOptions extends BrokerSandboxOptions<KotakNeoScenarioName> {
  /** Default: `demoKotakNeoAccounts`. */
  readonly accounts?: readonly KotakNeoSandboxAccount[] | undefined;
  /** 0 or absent: a free port. */
  readonly loginPort?: number | undefined;
  readonly tradingPort?: number | undefined;
  /** Which login paths are served. Default "both". */
  readonly api?: KotakNeoApi | undefined;
  /** Default "mixed"; "bare" in the `documented` profile. */
  readonly failureStyle?: KotakNeoFailureStyle | undefined;
  /** The status of every login refusal, instead of the one that goes with the style. */
  readonly failureStatus?: 200 | 400 | 401 | undefined;
  /**
   * `observed` (default) answers as the current broker does. `documented` keeps to the original document: the answers end with the fields it
   * lists, so there is no `baseUrl`, `ucc` and `greetingName` are masked, and a refusal is bare.
   */
  readonly profile?: "observed" | "documented" | undefined;
  /** Default "neotradeapi" (reference section 2). */
  readonly neoFinKey?: string | undefined;
  /** Whether a login ends the account's earlier sessions. Unknown, taken as "shared" (reference section 11). */
  readonly sessions?: "shared" | "exclusive" | undefined;
}
