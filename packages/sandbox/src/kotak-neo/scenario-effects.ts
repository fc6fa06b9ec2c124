import { SandboxError } from "../sandbox-error.ts";
import { type ScenarioBook, type ScenarioBookOptions, createScenarioBook } from "../scenario.ts";
import { TOTP_STEP_MS, totpCode } from "../totp-verifier.ts";
import { lock } from "./account-state.ts";
import type { KotakNeoWorld } from "./kotak-neo-world.ts";
import { nextIstMidnight } from "./ist.ts";
import { kotakNeoScenarios } from "./kotak-neo-scenarios.ts";

/** A book whose `set` carries out at once what its table calls "when set"; of such a scenario nothing is left to play. */
export function createKotakNeoScenarios(
  options: Omit<ScenarioBookOptions, "known">,
  world: () => KotakNeoWorld,
): ScenarioBook {
  const book = createScenarioBook({ ...options, known: kotakNeoScenarios });

  return {
    ...book,
    set(account, scenario) {
      const atOnce = Object.hasOwn(atOnceEffects, scenario.name) ? atOnceEffects[scenario.name] : undefined;
      book.set(account, scenario);
      if (atOnce === undefined) return;
      book.clear(account, scenario.name);
      atOnce(world(), account);
      options.changed?.();
    },
  };
}

const atOnceEffects: Readonly<Record<string, (world: KotakNeoWorld, name: string) => void>> = {
  lockout(world, name) {
    for (const account of world.accounts)
      if (name === "*" || account.customer.name === name) lock(account, world.now());
  },
  midnight(world) {
    world.clock.advance(nextIstMidnight(world.now()) - world.now());
  },
  "leading-zero"(world, name) {
    const account = world.accounts.find((one) => one.customer.name === name);
    if (account === undefined)
      throw new SandboxError("bad_option", 'The scenario "leading-zero" needs the name of one account.');
    const now = world.now();
    let step = Math.floor(now / TOTP_STEP_MS) + 1;
    while (!totpCode(account.customer.totpSecret, step * TOTP_STEP_MS).startsWith("0")) step += 1;
    world.clock.advance(step * TOTP_STEP_MS - now);
  },
};
