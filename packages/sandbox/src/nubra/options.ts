import type { BrokerSandboxOptions } from "../broker.ts";
import type { NubraSandboxAccount } from "./account.ts";
import type { NubraFailureStyle } from "./refusal.ts";
import type { NubraScenarioName } from "./scenarios.ts";

/**
 * `observed` follows the SDK and live clients (reference sections 4 to 8). `documented` follows the original page: two sends for every
 * account, POST generate-secret, the code in the path of /totp/enable and its curls without a JSON content type.
 */
export type NubraProfile = "observed" | "documented";

/** `production` refuses trading from other addresses than the registered ones; `uat` does not (reference section 8). */
export type NubraEnvironment = "production" | "uat";

/** In which JSON form the code of /totp/login is accepted. The real broker is only known to take the integer. */
export type NubraTotpWire = "integer" | "string" | "either";

/** Milliseconds. */
export interface NubraLifetimes {
  /** Of a challenge. The broker says `expiry: 30` without a unit (reference section 11); default 5 minutes. */
  readonly otpMs: number;
  /** Default 24 hours (reference section 6). */
  readonly authTokenMs: number;
  /** Default 7 hours (reference section 6). */
  readonly sessionMs: number;
}

export interface NubraSandboxOptions extends BrokerSandboxOptions<NubraScenarioName> {
  /** 0 or absent: a free port. */
  readonly port?: number | undefined;
  /** Default `production`. One instance is one environment; start a second one for UAT. */
  readonly environment?: NubraEnvironment | undefined;
  /** Default `observed`. */
  readonly profile?: NubraProfile | undefined;
  /** Default `current`. */
  readonly failureStyle?: NubraFailureStyle | undefined;
  /** Default `integer`. */
  readonly totpWire?: NubraTotpWire | undefined;
  readonly lifetimes?: Partial<NubraLifetimes> | undefined;
  /** Default `demoNubraAccounts`. */
  readonly accounts?: readonly NubraSandboxAccount[] | undefined;
}
