import type { BrokerSandboxOptions } from "../broker.ts";
import type { AngelOneSandboxAccount } from "./account.ts";
import type { AngelOneScenarioName } from "./scenarios.ts";

export interface AngelOneSandboxOptions extends BrokerSandboxOptions<AngelOneScenarioName> {
  /** Default: `demoAngelOneAccounts`. */
  readonly accounts?: readonly AngelOneSandboxAccount[] | undefined;
  /** 0 or absent: a free port. */
  readonly port?: number | undefined;
  /** Whether a login ends the account's earlier session. Unknown, taken as "exclusive" (reference section 8). */
  readonly sessions?: "shared" | "exclusive" | undefined;
  /** How far a refresh token reaches: to midnight, or for a day. Unknown (reference section 3), taken as "midnight". */
  readonly renewal?: "midnight" | "day" | undefined;
  /** `strings`: the envelopes say `"false"` and `"null"` as texts, as the documents also show (reference section 4). Default `booleans`. */
  readonly envelope?: "booleans" | "strings" | undefined;
}
