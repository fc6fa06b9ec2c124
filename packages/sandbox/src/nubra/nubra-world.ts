import { SandboxError } from "../sandbox-error.ts";
import type { ScenarioBook } from "../scenario.ts";
import type { TotpVerifier } from "../totp-verifier.ts";
import type { AccountState } from "./account-state.ts";
import type { NubraFailureStyle } from "./refusal.ts";

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

/** One environment of the broker with all it knows. Instances share nothing (reference section 12 rule 13). */
export interface NubraWorld {
  readonly environment: NubraEnvironment;
  readonly profile: NubraProfile;
  readonly lint: boolean;
  readonly failureStyle: NubraFailureStyle;
  readonly totpWire: NubraTotpWire;
  readonly lifetimes: NubraLifetimes;
  readonly elsewhereUrl: string;
  readonly accounts: readonly AccountState[];
  readonly scenarios: ScenarioBook;
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
export function findAccount(world: NubraWorld, name: string): AccountState {
  const found = world.accounts.find(({ account }) => account.name === name);
  if (found !== undefined) return found;
  const names = world.accounts.map(({ account }) => account.name).join(", ");
  throw new SandboxError("unknown_account", `Nubra has no account "${name}"; it has ${names}.`);
}

export function accountByPhone(world: NubraWorld, phone: unknown): AccountState | undefined {
  return world.accounts.find(({ account }) => account.phone === phone);
}

export function accountByEmail(world: NubraWorld, email: unknown): AccountState | undefined {
  return world.accounts.find(({ account }) => account.email === email);
}

export function accountByTempToken(world: NubraWorld, token: string): AccountState | undefined {
  return world.accounts.find(({ challenge }) => challenge?.tempToken === token);
}

export function accountByAuthToken(world: NubraWorld, token: string): AccountState | undefined {
  return world.accounts.find(({ authTokens }) => authTokens.some((one) => one.token === token));
}

export function accountBySession(world: NubraWorld, token: string): AccountState | undefined {
  return world.accounts.find(({ sessions }) => sessions.some((one) => one.token === token));
}
