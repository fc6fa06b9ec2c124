import { isBrokerAuthError } from "../errors/broker-auth-error.ts";
import { accountRules } from "./provider-kit/account-rules.ts";
import type { ProviderBench, ProviderDifferences } from "./provider-kit/bench.ts";
import { conductRules } from "./provider-kit/conduct-rules.ts";
import { failureRules } from "./provider-kit/failure-rules.ts";
import { loginRules } from "./provider-kit/login-rules.ts";
import { pendingRules } from "./provider-kit/pending-rules.ts";
import { refusalRules } from "./provider-kit/refusal-rules.ts";
import type { ProviderRule } from "./provider-kit/rule.ts";
import { endedSession, sessionRules } from "./provider-kit/session-rules.ts";
import { verdictRules } from "./provider-kit/verdict-rules.ts";
import { wireRules } from "./provider-kit/wire-rules.ts";
import type { TestRunner } from "./store-kit/bench.ts";

export type { ProviderBench, ProviderDifferences } from "./provider-kit/bench.ts";

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
 * its own, on fresh benches; differences are declared, never skipped. A failure says what was found and expected, and how the rule is kept.
 * @param makeBench gives a broker nobody has used, and an instance of the adapter of its own; a rule may ask for dozens, one after the other
 * @example providerConformance({ describe, it }, async () => ({ provider: myBroker(), account, calls, ... }));
 */
export function providerConformance(
  runner: TestRunner,
  makeBench: () => ProviderBench | Promise<ProviderBench>,
  differences: ProviderDifferences = {},
): void {
  runner.describe("an adapter", () => {
    for (const rule of [...rules, ...(differences.sessionsCannotBeEnded ? [] : [endedSession])])
      runner.it(rule.title, () => keep(rule, makeBench));
  });
}

async function keep(
  { check, advice }: ProviderRule,
  makeBench: () => ProviderBench | Promise<ProviderBench>,
): Promise<void> {
  const benches: ProviderBench[] = [];
  const open = async (): Promise<ProviderBench> => {
    const bench = await makeBench();
    benches.push(bench);
    return bench;
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
    for (const bench of benches) await bench.cleanup?.();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
