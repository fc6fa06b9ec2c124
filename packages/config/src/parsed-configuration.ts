import type { ConfiguredAccount } from "@x/core";
import {
  BrokerAuthError,
  type BrokerAuthProvider,
  type CredentialField,
  isBrokerAuthError,
  isObject,
  isSecret,
  Secret,
  wrongArgument as wrong,
} from "@x/core/adapter";

/** What a configuration file says, ready to be spread into `createBrokerAuth`. */
export interface Configuration<Provider extends BrokerAuthProvider = BrokerAuthProvider> {
  readonly brokers: readonly Provider[];
  readonly accounts: Readonly<Record<string, ConfiguredAccount>>;
  readonly use: Readonly<Record<string, string>>;
  /** What works and should still be changed, such as a secret written into the file. */
  readonly warnings: readonly ConfigurationWarning[];
}

export interface ConfigurationWarning {
  /** Path in the file, such as `accounts.main.mpin`. */
  readonly field: string;
  readonly message: string;
}

/**
 * Finds the value of a secret reference, such as `{ "env": "NUBRA_MPIN" }`; undefined where there is none. `field` is the path that holds the
 * reference. A `BrokerAuthError` that it throws gets the field in front; of another error nothing is repeated, because it may hold anything.
 */
export type SecretResolver = (reference: string, field: string) => string | undefined | Promise<string | undefined>;

/** An adapter's function, such as `nubra`; it is called with the file's options for that broker. */
export type BrokerFactory = (options?: never) => BrokerAuthProvider;

export interface ParseConfigOptions<Factory extends BrokerFactory> {
  /** The adapters that the program knows, such as `[nubra, kotakNeo]`. */
  readonly brokers: readonly Factory[];
  /** Secret references by their key: `env`, `file`, `keychain`. */
  readonly resolvers?: Readonly<Record<string, SecretResolver>>;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Checks a configuration object, resolves its secret references and sets up the adapters. Pure but for the resolvers.
 * The accounts' own fields, and whether an alias names an account, are checked by `createBrokerAuth`.
 * @throws BrokerAuthError `configuration` with the path of the field, never its value
 */
export async function parseConfig<Factory extends BrokerFactory>(
  input: unknown,
  options: ParseConfigOptions<Factory>,
): Promise<Configuration<ReturnType<Factory>>> {
  const {
    accounts: accountsInput,
    use: useInput = {},
    brokers: brokersInput = {},
    $schema: _,
    ...unknown
  } = asObject(input, "configuration");
  const surplus = Object.keys(unknown)[0];
  if (surplus !== undefined)
    throw wrong(
      plainName(surplus) ? surplus : "configuration",
      "is not an option; known are accounts, use and brokers",
    );
  if (accountsInput === undefined) throw wrong("accounts", "is missing; name at least one account");

  const brokers = openBrokers(asObject(brokersInput, "brokers"), (options as typeof options | undefined)?.brokers);
  const warnings: ConfigurationWarning[] = [];
  const accounts: Record<string, ConfiguredAccount> = {};
  for (const [name, account] of Object.entries(asObject(accountsInput, "accounts"))) {
    checkName(name, "accounts");
    accounts[name] = await resolveAccount(
      asObject(account, `accounts.${name}`),
      `accounts.${name}`,
      brokers,
      options.resolvers ?? {},
      warnings,
    );
  }
  if (Object.keys(accounts).length === 0) throw wrong("accounts", "is empty; name at least one account");
  return { brokers, accounts, use: aliases(asObject(useInput, "use")), warnings };
}

function openBrokers<Factory extends BrokerFactory>(
  input: Fields,
  factories: readonly Factory[] = [],
): readonly ReturnType<Factory>[] {
  const remaining = new Set(Object.keys(input));
  const list: unknown = factories;
  if (!Array.isArray(list) || list.length === 0) throw noFactories();
  const opened = factories.map((factory): BrokerAuthProvider => {
    const plain = typeof factory === "function" ? factory() : undefined;
    if (typeof plain?.broker !== "string") throw noFactories();
    if (!remaining.delete(plain.broker)) return plain;
    const field = `brokers.${plain.broker}`;
    try {
      return factory(asObject(input[plain.broker], field) as never);
    } catch (error) {
      if (!isBrokerAuthError(error) || error.field === undefined || error.field === field) throw error;
      throw new BrokerAuthError(error.code, `${field}.${error.message}`, {
        broker: plain.broker,
        field: `${field}.${error.field}`,
        action: error.action,
      });
    }
  });
  const stranger = [...remaining][0];
  if (stranger !== undefined)
    throw wrong("brokers", `has options for a broker that is none of ${opened.map(({ broker }) => broker).join(", ")}`);
  return opened as ReturnType<Factory>[];
}

function noFactories(): BrokerAuthError {
  return wrong("brokers", "must be a list of adapters' functions, not called: [nubra]");
}

async function resolveAccount(
  account: Fields,
  path: string,
  brokers: readonly BrokerAuthProvider[],
  resolvers: Readonly<Record<string, SecretResolver>>,
  warnings: ConfigurationWarning[],
): Promise<ConfiguredAccount> {
  const known = brokers.map(({ broker }) => broker).join(", ");
  const broker = account["broker"];
  if (broker === undefined) throw wrong(`${path}.broker`, `is missing; it must be one of ${known}`);
  const provider = brokers.find((candidate) => candidate.broker === broker);
  if (provider === undefined) throw wrong(`${path}.broker`, `is not one of the brokers of this program (${known})`);
  const resolved: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(account)) {
    if (!plainName(name))
      throw wrong(path, "has a field with other characters than letters, digits, - and _ in its name");
    const field = `${path}.${name}`;
    const declared: CredentialField | undefined = Object.hasOwn(provider.fields, name)
      ? provider.fields[name]
      : undefined;
    if (typeof value === "object" && value !== null && !isSecret(value)) {
      if (declared?.env === false && Object.hasOwn(value, "env")) {
        throw wrong(field, "is never taken from the environment; write the address itself here, or give it in code");
      }
      const text = await resolveReference(asObject(value, field), field, resolvers);
      resolved[name] = declared?.secret ? new Secret(text) : text;
      continue;
    }
    if (declared?.secret && typeof value === "number") {
      throw wrong(field, "must be text; put digits in quotes, so that no zero is lost");
    }
    if (declared?.secret && typeof value === "string") {
      const message = `${field}: a secret stands in the configuration itself; refer to it by { "env": "NAME" } or { "file": "PATH" }`;
      warnings.push({ field, message });
      resolved[name] = new Secret(value);
      continue;
    }
    resolved[name] = value;
  }
  return resolved as unknown as ConfiguredAccount;
}

/** The text that a reference stands for. @throws BrokerAuthError `configuration` with the field, never the value */
export async function resolveReference(
  reference: Fields,
  field: string,
  resolvers: Readonly<Record<string, SecretResolver>>,
): Promise<string> {
  const [entry, surplus] = Object.entries(reference);
  const kinds = Object.keys(resolvers);
  if (entry === undefined || surplus !== undefined || typeof entry[1] !== "string" || !kinds.includes(entry[0])) {
    throw wrong(
      field,
      `must be a text, or a reference with exactly one of ${kinds.join(", ") || "no kinds at all: this program has no resolvers"}`,
    );
  }
  const [kind, name] = entry;
  const value = await askResolver(async () => resolvers[kind]?.(name, field), field, kind);
  if (value === undefined || value === "")
    // Not the reference itself: somebody may have written the value where its name belongs.
    throw wrong(field, `refers to ${kind}, and there is nothing under that name`);
  return value;
}

async function askResolver(
  find: () => Promise<string | undefined>,
  field: string,
  kind: string,
): Promise<string | undefined> {
  try {
    return await find();
  } catch (cause) {
    if (!isBrokerAuthError(cause))
      throw new BrokerAuthError("configuration", `${field}: the resolver for "${kind}" failed`, { field, cause });
    // A resolver that knows better, such as one whose own option is wrong.
    if (cause.field !== undefined) throw cause;
    throw new BrokerAuthError(cause.code, `${field}: ${cause.message}`, { field, action: cause.action });
  }
}

// Whether there is such an account is checked by `createBrokerAuth`.
function aliases(use: Fields): Record<string, string> {
  for (const [alias, name] of Object.entries(use)) {
    checkName(alias, "use");
    if (typeof name !== "string") throw wrong(`use.${alias}`, "must be the name of an account");
  }
  return use as Record<string, string>;
}

function checkName(name: string, path: string): void {
  if (!plainName(name))
    throw wrong(path, "has a name with other characters than letters, digits, - and _, or longer than 64");
}

// Names appear in messages and logs, and must not be able to smuggle anything into them.
function plainName(name: string): boolean {
  return /^[A-Za-z0-9$][\w-]{0,63}$/.test(name);
}

function asObject(value: unknown, field: string): Fields {
  if (!isObject(value)) throw wrong(field, "must be an object with named fields");
  return value;
}
