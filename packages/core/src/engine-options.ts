import { callIt, isObject, requireFunction, requireOptions, wrongArgument } from "./argument.ts";
import type { BrokerAuthOptions } from "./broker-auth.ts";
import type { Configuration } from "./configuration.ts";
import type { Clock } from "./platform.ts";
import type { BrokerAuthProvider } from "./provider.ts";

type Options = BrokerAuthOptions<BrokerAuthProvider, string, string>;

// A configuration is spread into the options with its warnings.
const known: readonly string[] = Object.keys({
  brokers: true,
  accounts: true,
  use: true,
  store: true,
  timeoutMs: true,
  fetch: true,
  clock: true,
  random: true,
  warnings: true,
} satisfies Record<keyof Options | keyof Configuration, true>);

/**
 * Checks what `createBrokerAuth` is given, but for the fields of the accounts.
 * @throws BrokerAuthError `configuration` that says what to write
 */
export function requireEngineOptions(options: unknown): void {
  const {
    brokers,
    accounts,
    use = {},
    store,
    timeoutMs = 1,
    fetch,
    clock = {},
    random,
  } = requireOptions(options, known);
  if (!Array.isArray(brokers) || brokers.length === 0)
    throw wrongArgument("brokers", "must be a list of at least one broker, such as [nubra()]");
  for (const [place, broker] of brokers.entries()) requireBroker(broker, `brokers[${place}]`);
  if (!isObject(accounts))
    throw wrongArgument("accounts", 'must be an object of accounts by name, such as { main: { broker: "nubra" } }');
  for (const [name, account] of Object.entries(accounts)) {
    if (!isObject(account))
      throw wrongArgument(`accounts.${name}`, "must be an object with broker and the fields of its account");
  }
  if (!isObject(use)) throw wrongArgument("use", "must be an object of account names by alias");
  requireStore(store);
  if (!Number.isInteger(timeoutMs) || (timeoutMs as number) < 1)
    throw wrongArgument("timeoutMs", "must be a whole number of milliseconds from 1 up");
  requireFunction(fetch, "fetch");
  requireFunction(random, "random");
  // `Date` is a clock too.
  if (!isObject(clock) && typeof clock !== "function")
    throw wrongArgument("clock", "must be an object with some of { now, sleep, monotonic }");
  for (const name of ["now", "sleep", "monotonic"] as const)
    requireFunction((clock as Partial<Clock>)[name], `clock.${name}`);
}

function requireBroker(given: unknown, field: string): void {
  if (typeof given === "function") throw wrongArgument(field, callIt(given, "nubra()"));
  if (!isObject(given) || typeof given["parseCredentials"] !== "function")
    throw wrongArgument(field, "is no broker; give what its package makes, such as nubra()");
}

function requireStore(given: unknown): void {
  if (typeof given === "function") throw wrongArgument("store", callIt(given, "memoryStore()"));
  if (isObject(given) && typeof given["swap"] === "function") return;
  const what = given === undefined || given === null ? "is missing" : "is no token store";
  throw wrongArgument("store", `${what}; give memoryStore() or another token store`);
}
