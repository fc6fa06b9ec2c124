import { isBrokerAuthError } from "../errors/broker-auth-error.ts";
import { accountRules } from "./provider-kit/account-rules.ts";
import type { ProviderTestEnvironment, ProviderDifferences } from "./provider-kit/test-environment.ts";
import { conductRules } from "./provider-kit/conduct-rules.ts";
import { failureRules } from "./provider-kit/failure-rules.ts";
import { loginRules } from "./provider-kit/login-rules.ts";
import { pendingRules } from "./provider-kit/pending-rules.ts";
import { refusalRules } from "./provider-kit/refusal-rules.ts";
import type { ProviderRule } from "./provider-kit/rule.ts";
import { endedSession, sessionRules } from "./provider-kit/session-rules.ts";
import { verdictRules } from "./provider-kit/verdict-rules.ts";
import { wireRules } from "./provider-kit/wire-rules.ts";
import type { TestRunner } from "./store-kit/test-environment.ts";

export type { ProviderTestEnvironment, ProviderDifferences } from "./provider-kit/test-environment.ts";

const rules: readonly ProviderRule[] = [
  ...accountRules,
  ...loginRules,
  ...conductRules,
  ...pendingRules,
  ...wireRules,
  ...failureRules,
  ...refusalRules,
  ...sessionRules,
  ...verdictRules,
];

/**
 * The rules that every adapter keeps, whatever its broker. What only one broker has is left to that adapter's own tests. Each rule is a test of
 * its own, on fresh test environments; differences are declared, never skipped. A failure says what was found and expected, and how the rule is kept.
 * @param openTestEnvironment gives a broker nobody has used, and an instance of the adapter of its own; a rule may ask for dozens, one after the other
 * @example providerConformance({ describe, it }, async () => ({ provider: myBroker(), account, calls, ... }));
 */
export function providerConformance(
  runner: TestRunner,
  openTestEnvironment: () => ProviderTestEnvironment | Promise<ProviderTestEnvironment>,
  differences: ProviderDifferences = {},
): void {
  runner.describe("an adapter", () => {
    for (const rule of [...rules, ...(differences.sessionsCannotBeEnded ? [] : [endedSession])])
      runner.it(rule.title, () => keep(rule, openTestEnvironment));
  });
}

async function keep(
  { check, advice }: ProviderRule,
  openTestEnvironment: () => ProviderTestEnvironment | Promise<ProviderTestEnvironment>,
): Promise<void> {
  const environments: ProviderTestEnvironment[] = [];
  const open = async (): Promise<ProviderTestEnvironment> => {
    const test = await openTestEnvironment();
    environments.push(test);
    return test;
  };
  try {
    await check(await open(), open);
  } catch (error) {
    // One of the adapter's own errors, where the rule expected none.
    const found = isBrokerAuthError(error)
      ? `found ${error.code} (${error.message}), expected no error`
      : messageOf(error);
    throw new Error(`${found}\nTo keep this rule: ${advice}`, { cause: error });
  } finally {
    for (const test of environments) await test.cleanup?.();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
