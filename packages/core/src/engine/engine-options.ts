import { callIt, isObject, readArgument, requireFunction, requireOptions, wrongArgument } from "../errors/argument.ts";
import type { Clock, PlatformOptions } from "./platform.ts";
import type { BrokerAuthProvider } from "../contract/provider.ts";
import type { TokenStore } from "../contract/token-store.ts";

declare const configured: unique symbol;

/** An account that came from a configuration file: its fields are checked by its adapter, not by the compiler. `parseConfig` of `@x/config` makes it. */
export interface ConfiguredAccount {
  readonly broker: string;
  readonly site?: string;
  readonly [configured]: true;
}

/** What a user writes for an account: the broker's word and the fields that this broker asks for. */
export type AccountInput<Provider> =
  Provider extends BrokerAuthProvider<infer Broker, infer Input, infer _Credentials, infer _Tokens>
    ? { readonly broker: Broker; readonly site?: string } & Input
    : never;

export interface BrokerAuthOptions<
  Provider extends BrokerAuthProvider,
  Name extends string,
  Alias extends string,
> extends PlatformOptions {
  /** The adapters in use, such as `nubra()`. */
  readonly brokers: readonly Provider[];
  /** Accounts by a name of your choice. `site` keeps apart the sessions of one account that logs in from several addresses. */
  readonly accounts: Readonly<Record<Name, AccountInput<Provider> | ConfiguredAccount>>;
  /** Aliases: which account a program means by a word such as `trading`. Changing one word here switches the broker. */
  readonly use?: Readonly<Record<Alias, NoInfer<Name>>>;
  /** Where sessions, attempts and device ids are kept. There is no default: the choice decides which promises hold. */
  readonly store: TokenStore;
  /**
   * How long one call of the store may take, in milliseconds. Default 5 000; a store that is silent for longer is `store_unavailable`. How long a
   * call to a broker may take is said at its adapter.
   */
  readonly timeoutMs?: number;
  /**
   * What this program calls itself, such as `strategy` or `agent on desk-2`: kept with the sessions that it mints, sealed as they are, and shown to
   * others by `status()`. Up to 48 letters, digits, spaces and `. - _ , ( )`. Default: none, and others see that nobody said.
   */
  readonly program?: string | undefined;
  /**
   * How many logins and renewals may be under way at the same time, all accounts together. Default 64. The others wait for their turn; a login
   * that waits for a code's time or for a pause to end takes no turn, and neither does one that a person makes.
   */
  readonly concurrency?: number;
}

export const defaultConcurrency = 64;

/** The version of the provider contract that this engine works with. */
const specificationVersion: BrokerAuthProvider["specificationVersion"] = 1;

type Options = BrokerAuthOptions<BrokerAuthProvider, string, string>;

// What parseConfig of @x/config gives is spread into the options with its warnings.
const known: readonly string[] = Object.keys({
  brokers: true,
  accounts: true,
  use: true,
  store: true,
  timeoutMs: true,
  concurrency: true,
  program: true,
  fetch: true,
  clock: true,
  random: true,
  warnings: true,
} satisfies Record<keyof Options | "warnings", true>);

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
    concurrency = 1,
    program = "-",
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
  if (!Number.isInteger(concurrency) || (concurrency as number) < 1)
    throw wrongArgument("concurrency", "must be a whole number of logins from 1 up");
  if (typeof program !== "string" || !/^[\w .,()-]{1,48}$/.test(program))
    throw wrongArgument(
      "program",
      'must be a short name of letters, digits, spaces and . - _ , ( ), such as "strategy"',
    );
  requireFunction(fetch, "fetch");
  requireFunction(random, "random");
  // `Date` is a clock too.
  if (!isObject(clock) && typeof clock !== "function")
    throw wrongArgument("clock", "must be an object with some of { now, sleep, monotonic }");
  for (const name of ["now", "sleep", "monotonic"] as const)
    requireFunction((clock as Partial<Clock>)[name], `clock.${name}`);
  for (const name of ["now", "monotonic"] as const) requireTime(clock as Partial<Clock>, name);
}

// Asked once: by a time that is no number everything would be over, or nothing.
function requireTime(clock: Partial<Clock>, name: "now" | "monotonic"): void {
  const field = `clock.${name}`;
  const time: unknown = clock[name] === undefined ? 0 : readArgument(field, () => clock[name]?.());
  if (!Number.isFinite(time)) throw wrongArgument(field, "must give a number of milliseconds");
}

function requireBroker(given: unknown, field: string): void {
  if (typeof given === "function") throw wrongArgument(field, callIt(given, "nubra()"));
  if (!isObject(given) || typeof given["parseCredentials"] !== "function")
    throw wrongArgument(field, "is no broker; give what its package makes, such as nubra()");
  const { broker, specificationVersion: version } = given;
  if (version === specificationVersion) return;
  const name = typeof broker === "string" && /^[\w-]{1,64}$/.test(broker) ? broker : "this broker";
  const older = typeof version === "number" && version > specificationVersion ? "@x/core" : `the package of ${name}`;
  throw wrongArgument(
    field,
    `implements another version of the provider contract than ${specificationVersion}; update ${older}`,
  );
}

function requireStore(given: unknown): void {
  if (typeof given === "function") throw wrongArgument("store", callIt(given, "memoryStore()"));
  if (isObject(given) && typeof given["swap"] === "function") return;
  const what = given === undefined || given === null ? "is missing" : "is no token store";
  throw wrongArgument("store", `${what}; give memoryStore() or another token store`);
}
