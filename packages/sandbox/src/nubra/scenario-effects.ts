import type { SandboxClock } from "../clock.ts";
import { SandboxError } from "../sandbox-error.ts";
import { type ScenarioBook, type ScenarioBookOptions, createScenarioBook } from "../scenario.ts";
import { advanceToLeadingZero } from "../totp-verifier.ts";
import type { AccountState } from "./account-state.ts";
import { type NubraBroker, findAccount } from "./broker.ts";
import { type NubraScenarioName, nubraScenarios } from "./scenarios.ts";

/** A book whose `set` carries out at once what its table calls "when set". */
export function createNubraScenarios(
  options: Pick<ScenarioBookOptions, "accounts" | "changed">,
  clock: SandboxClock,
  broker: () => NubraBroker,
): ScenarioBook<NubraScenarioName> {
  return createScenarioBook({
    ...options,
    known: nubraScenarios,
    prepare({ account, scenario }) {
      if (scenario.name === "clock-skew" && account !== "*") {
        throw new SandboxError(
          "bad_option",
          'clock-skew moves the clock of the whole broker; set it for the account "*".',
        );
      }
      if (scenario.name === "leading-zero") {
        if (account === "*")
          throw new SandboxError("bad_option", "leading-zero needs one account, whose code it is about.");
        showLeadingZero(clock, broker().now(), findAccount(broker(), account));
      }
    },
  });
}

/** Moves the clock on to the next time step whose code starts with 0. @throws SandboxError bad_option for an account without TOTP */
export function showLeadingZero(clock: SandboxClock, now: number, { account, totpSecret }: AccountState): void {
  if (totpSecret === null)
    throw new SandboxError(
      "bad_option",
      `Account "${account.name}" has no TOTP secret, so no code of it starts with 0.`,
    );
  advanceToLeadingZero(clock, now, totpSecret);
}
