import type { BrokerSandboxOptions } from "../broker.ts";
import type { ZerodhaSandboxAccount } from "./account.ts";
import type { ZerodhaScenarioName } from "./scenarios.ts";

export interface ZerodhaSandboxOptions extends BrokerSandboxOptions<ZerodhaScenarioName> {
  /** Default: `demoZerodhaAccounts`. */
  readonly accounts?: readonly ZerodhaSandboxAccount[] | undefined;
  /** 0 or absent: a free port. */
  readonly port?: number | undefined;
  /** Whether a login ends the account's earlier session. Unknown, taken as "exclusive" (reference section 8). */
  readonly sessions?: "shared" | "exclusive" | undefined;
}
