import { type BrokerAuthError, isBrokerAuthError } from "../../errors/broker-auth-error.ts";
import type { BrokerAuthErrorCode } from "../../errors/error-codes.ts";

/** @param message what was found, in place of what */
export function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}

/** @param what names the value that was looked at */
export function same(found: unknown, expected: unknown, what: string): void {
  check(Object.is(found, expected), `${what}: found ${String(found)}, expected ${String(expected)}`);
}

/** The engine keeps no session of which nobody could tell when it is over. */
export function hasEnd(expiresAt: number, what: string): void {
  check(Number.isFinite(expiresAt), `${what}: found ${expiresAt}, expected a time in epoch milliseconds`);
}

/** Compares lists of short texts, and shows them below each other. */
export function sameList(found: readonly string[], expected: readonly string[], what: string): void {
  check(
    found.length === expected.length && found.every((text, index) => text === expected[index]),
    `${what}: found\n${listed(found)}\nexpected\n${listed(expected)}`,
  );
}

function listed(texts: readonly string[]): string {
  return texts.length === 0 ? "  nothing" : `  ${texts.join("\n  ")}`;
}

/** How a piece of work ended: with a value, or with the only kind of error there is. Any other error breaks the rule. */
export type Outcome<Value> = { readonly value: Value } | { readonly error: BrokerAuthError };

export async function outcomeOf<Value>(work: () => Value | Promise<Value>, what: string): Promise<Outcome<Value>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (isBrokerAuthError(error)) return { error };
    throw new Error(`${what}: it throws something else than a BrokerAuthError: ${String(error)}`, { cause: error });
  }
}

/** The refusal that a piece of work has to end in. @param codes those that it may have; none: any */
export async function refusalOf(
  work: () => unknown,
  what: string,
  ...codes: readonly BrokerAuthErrorCode[]
): Promise<BrokerAuthError> {
  const outcome = await outcomeOf(work, what);
  const expected = codes.length === 0 ? "a BrokerAuthError" : `a BrokerAuthError ${codes.join(" or ")}`;
  check("error" in outcome, `${what}: it was taken, expected ${expected}`);
  const { error } = outcome;
  check(
    codes.length === 0 || codes.includes(error.code),
    `${what}: found ${error.code} (${error.message}), expected ${expected}`,
  );
  return error;
}
