import { nextIstMidnight } from "../ist.ts";
import { SandboxError } from "../sandbox-error.ts";
import { type ScenarioBook, type ScenarioBookOptions, createScenarioBook } from "../scenario.ts";
import { advanceToLeadingZero } from "../totp-verifier.ts";
import { lock } from "./account-state.ts";
import type { AngelOneBroker } from "./broker.ts";
import { type AngelOneScenarioName, angelOneScenarios } from "./scenarios.ts";

/** A book whose `set` carries out at once what its table calls "when set"; of such a scenario nothing is left to play. */
export function createAngelOneScenarios(
  options: Pick<ScenarioBookOptions, "accounts" | "changed">,
  broker: () => AngelOneBroker,
): ScenarioBook<AngelOneScenarioName> {
  const book = createScenarioBook({ ...options, known: angelOneScenarios });

  return {
    ...book,
    set(account, scenario) {
      const atOnce = atOnceEffects[scenario.name];
      book.set(account, scenario);
      if (atOnce === undefined) return;
      book.clear(account, scenario.name);
      atOnce(broker(), account);
      options.changed?.();
    },
  };
}

const atOnceEffects: Readonly<Partial<Record<AngelOneScenarioName, (broker: AngelOneBroker, name: string) => void>>> = {
  lockout(broker, name) {
    for (const account of broker.accounts) if (name === "*" || account.customer.name === name) lock(account);
  },
  midnight(broker) {
    broker.clock.advance(nextIstMidnight(broker.now()) - broker.now());
  },
  "leading-zero"(broker, name) {
    const account = broker.accounts.find((one) => one.customer.name === name);
    if (account === undefined)
      throw new SandboxError("bad_option", 'The scenario "leading-zero" needs the name of one account.');
    advanceToLeadingZero(broker.clock, broker.now(), account.customer.totpSecret);
  },
};
