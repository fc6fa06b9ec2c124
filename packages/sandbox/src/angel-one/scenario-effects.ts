import { nextIstMidnight } from "../ist.ts";
import { SandboxError } from "../sandbox-error.ts";
import { type ScenarioBook, type ScenarioBookOptions, createScenarioBook } from "../scenario.ts";
import { advanceToLeadingZero } from "../totp-verifier.ts";
import { lock } from "./account-state.ts";
import type { AngelOneBroker } from "./broker.ts";
import { type AngelOneScenarioName, angelOneScenarios } from "./scenarios.ts";

/** The broker's scenarios, with what its table calls "when set". */
export function createAngelOneScenarios(
  options: Pick<ScenarioBookOptions, "accounts" | "changed">,
  broker: () => AngelOneBroker,
): ScenarioBook<AngelOneScenarioName> {
  return createScenarioBook({
    ...options,
    known: angelOneScenarios,
    atOnce: {
      lockout(name) {
        for (const account of broker().accounts) if (name === "*" || account.customer.name === name) lock(account);
      },
      midnight() {
        const { clock, now } = broker();
        clock.advance(nextIstMidnight(now()) - now());
      },
      "leading-zero"(name) {
        const { accounts, clock, now } = broker();
        const account = accounts.find((one) => one.customer.name === name);
        if (account === undefined)
          throw new SandboxError("bad_option", 'The scenario "leading-zero" needs the name of one account.');
        advanceToLeadingZero(clock, now(), account.customer.totpSecret);
      },
    },
  });
}
