import { SandboxError } from "../sandbox-error.ts";
import type { ScenarioBook } from "../scenario.ts";
import type { TotpVerifier } from "../totp-verifier.ts";
import type { AccountState } from "./account-state.ts";
import type { NubraEnvironment, NubraLifetimes, NubraProfile, NubraTotpWire } from "./options.ts";
import type { NubraFailureStyle } from "./refusal.ts";
import type { NubraScenarioName } from "./scenarios.ts";

/** One environment of the broker with all it knows. Instances share nothing (reference section 12 rule 13). */
export interface NubraBroker {
  readonly environment: NubraEnvironment;
  readonly profile: NubraProfile;
  readonly lint: boolean;
  readonly failureStyle: NubraFailureStyle;
  readonly totpWire: NubraTotpWire;
  readonly lifetimes: NubraLifetimes;
  readonly elsewhereUrl: string;
  readonly accounts: readonly AccountState[];
  readonly scenarios: ScenarioBook<NubraScenarioName>;
  readonly totp: TotpVerifier;
  /** Where this broker's sockets are, "ws://…", without a path; known once it listens. */
  socketUrl: string;
  /** The address every caller seems to come from. */
  callerAddress: string;
  /** The next order's number; also how many were accepted, plus one. */
  nextOrder: number;
  /** The broker's time: the sandbox clock plus the `clock-skew` scenario. */
  readonly now: () => number;
}

/** @throws SandboxError unknown_account */
export function findAccount(broker: NubraBroker, name: string): AccountState {
  const found = broker.accounts.find(({ account }) => account.name === name);
  if (found !== undefined) return found;
  const names = broker.accounts.map(({ account }) => account.name).join(", ");
  throw new SandboxError("unknown_account", `Nubra has no account "${name}"; it has ${names}.`);
}

export function accountByPhone(broker: NubraBroker, phone: unknown): AccountState | undefined {
  return broker.accounts.find(({ account }) => account.phone === phone);
}

export function accountByEmail(broker: NubraBroker, email: unknown): AccountState | undefined {
  return broker.accounts.find(({ account }) => account.email === email);
}

export function accountByTempToken(broker: NubraBroker, token: string): AccountState | undefined {
  return broker.accounts.find(({ challenge }) => challenge?.tempToken === token);
}

export function accountByAuthToken(broker: NubraBroker, token: string): AccountState | undefined {
  return broker.accounts.find(({ authTokens }) => authTokens.some((one) => one.token === token));
}

export function accountBySession(broker: NubraBroker, token: string): AccountState | undefined {
  return broker.accounts.find(({ sessions }) => sessions.some((one) => one.token === token));
}
