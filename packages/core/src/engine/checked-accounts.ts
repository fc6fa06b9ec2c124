import { wrongArgument } from "../errors/argument.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAuthOptions } from "./engine-options.ts";
import type { AccountIdentity, BrokerAuthProvider } from "../contract/provider.ts";
import { knownNames } from "./known-names.ts";

/** What is configured for an account, in its checked form. */
export interface CheckedAccount {
  readonly name: string;
  readonly provider: BrokerAuthProvider;
  readonly credentials: unknown;
  readonly identity: AccountIdentity;
  readonly site: string;
}

/**
 * Checks all accounts and aliases. One account may stand there by several names.
 * @throws BrokerAuthError `configuration` naming the field
 */
export function checkedAccounts({
  brokers,
  accounts: inputs,
  use = {},
}: Pick<BrokerAuthOptions<BrokerAuthProvider, string, string>, "brokers" | "accounts" | "use">): ReadonlyMap<
  string,
  CheckedAccount
> {
  const accounts = new Map<string, CheckedAccount>();
  for (const [name, input] of Object.entries(inputs)) {
    const { broker, site = "", ...fields } = input;
    const provider = brokers.find((candidate) => candidate.broker === broker);
    if (provider === undefined) {
      const known = brokers.map((one) => one.broker).join(", ");
      throw wrongAccount(name, "broker", `is not one of the brokers of this program (${known})`);
    }
    if (typeof site !== "string" || !/^[\w.-]{0,64}$/.test(site))
      throw wrongAccount(name, "site", 'must be a short name of letters, digits, ".", "-" and "_"');
    const credentials = checkedCredentials(provider, name, fields);
    accounts.set(name, { name, provider, credentials, identity: provider.identify(credentials), site });
  }
  requireOneSite([...accounts.values()]);
  for (const [alias, name] of Object.entries(use)) {
    const field = `use.${alias}`;
    if (Object.hasOwn(inputs, alias)) throw wrongArgument(field, "is the name of an account already");
    const account = Object.hasOwn(inputs, name) ? accounts.get(name) : undefined;
    if (account === undefined)
      throw wrongArgument(
        field,
        `must name an account; ${knownNames(typeof name === "string" ? name : "", Object.keys(inputs))}`,
      );
    accounts.set(alias, account);
  }
  return accounts;
}

function checkedCredentials(provider: BrokerAuthProvider, name: string, fields: unknown): unknown {
  try {
    return provider.parseCredentials(fields);
  } catch (error) {
    if (!isBrokerAuthError(error)) throw error;
    // The adapter knows the field, the engine knows where it stands.
    const field = error.field === undefined ? `accounts.${name}` : `accounts.${name}.${error.field}`;
    throw new BrokerAuthError(error.code, `accounts.${name}.${error.message}`, {
      broker: provider.broker,
      account: name,
      field,
      action: error.action,
    });
  }
}

// Each site has attempts and time steps of its own, and two of them in one program would try a wrong MPIN twice.
function requireOneSite(accounts: readonly CheckedAccount[]): void {
  const seen = new Map<string, CheckedAccount>();
  for (const account of accounts) {
    const { provider, identity } = account;
    const wherever = JSON.stringify([provider.broker, identity.environment, identity.identity]);
    const first = seen.get(wherever);
    seen.set(wherever, first ?? account);
    if (first === undefined || first.site === account.site) continue;
    const other = `differs from that of accounts.${first.name}, which is the same account at the broker`;
    throw wrongAccount(account.name, "site", `${other}; a program has one site`);
  }
}

function wrongAccount(account: string, field: string, message: string): BrokerAuthError {
  return wrongArgument(`accounts.${account}.${field}`, message).with({ account });
}
