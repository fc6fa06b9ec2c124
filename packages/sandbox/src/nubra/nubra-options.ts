import type { BrokerSandboxOptions } from "../broker.ts";
import type { SandboxClock } from "../clock.ts";
import { SandboxError } from "../sandbox-error.ts";
import { type ScenarioOrder, createScenarioBook, numberOf } from "../scenario.ts";
import { TOTP_STEP_MS, createTotpVerifier, totpCode } from "../totp-verifier.ts";
import { type AccountState, newAccountState } from "./account-state.ts";
import {
  DEFAULT_CALLER_ADDRESS,
  type NubraSandboxAccount,
  checkNubraAccounts,
  demoNubraAccounts,
} from "./nubra-account.ts";
import { nubraScenarios } from "./nubra-scenarios.ts";
import {
  type NubraEnvironment,
  type NubraLifetimes,
  type NubraProfile,
  type NubraTotpWire,
  type NubraWorld,
  findAccount,
} from "./nubra-world.ts";
import type { NubraFailureStyle } from "./refusal.ts";

export interface NubraSandboxOptions extends BrokerSandboxOptions {
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

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** An environment in which nothing has happened yet. @throws SandboxError bad_option */
export function createNubraWorld(options: NubraSandboxOptions, clock: SandboxClock, changed: () => void): NubraWorld {
  const accounts = options.accounts ?? demoNubraAccounts;
  checkNubraAccounts(accounts);

  const world: NubraWorld = {
    environment: options.environment ?? "production",
    profile: options.profile ?? "observed",
    lint: options.lint ?? false,
    failureStyle: options.failureStyle ?? "current",
    totpWire: options.totpWire ?? "integer",
    lifetimes: { otpMs: 5 * MINUTE_MS, authTokenMs: 24 * HOUR_MS, sessionMs: 7 * HOUR_MS, ...options.lifetimes },
    // Port 9 is "discard": nothing listens there.
    elsewhereUrl: options.elsewhereUrl ?? "http://127.0.0.1:9",
    accounts: accounts.map(newAccountState),
    scenarios: createScenarioBook({
      known: nubraScenarios,
      accounts: () => accounts.map(({ name }) => name),
      changed,
      prepare,
    }),
    totp: createTotpVerifier(),
    socketUrl: "",
    callerAddress: DEFAULT_CALLER_ADDRESS,
    nextOrder: 1,
    now: () => clock.now() + skewMs(),
  };

  function skewMs(): number {
    const skew = world.scenarios.active("*", "clock-skew");
    return skew === undefined ? 0 : (numberOf(skew, "skewMs") ?? 0);
  }

  function prepare({ account, scenario }: ScenarioOrder): void {
    if (scenario.name === "clock-skew" && account !== "*") {
      throw new SandboxError(
        "bad_option",
        'clock-skew moves the clock of the whole broker; set it for the account "*".',
      );
    }
    if (scenario.name === "leading-zero") {
      if (account === "*")
        throw new SandboxError("bad_option", "leading-zero needs one account, whose code it is about.");
      showLeadingZero(world, findAccount(world, account), clock);
    }
  }

  return world;
}

/** Moves the clock on to the next time step whose code starts with 0: one in ten does. */
export function showLeadingZero(world: NubraWorld, state: AccountState, clock: SandboxClock): void {
  const secret = state.totpSecret;
  if (secret === null)
    throw new SandboxError(
      "bad_option",
      `Account "${state.account.name}" has no TOTP secret, so no code of it starts with 0.`,
    );
  let step = Math.floor(world.now() / TOTP_STEP_MS) + 1;
  while (!totpCode(secret, step * TOTP_STEP_MS).startsWith("0")) step += 1;
  clock.advance(step * TOTP_STEP_MS - world.now());
}
