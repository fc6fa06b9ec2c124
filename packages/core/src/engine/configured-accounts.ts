import { Account } from "./account.ts";
import { wrongArgument } from "../errors/argument.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAuthOptions } from "./engine-options.ts";
import type { EngineContext } from "./engine-context.ts";
import type { BrokerAuthProvider } from "../contract/provider.ts";
import { knownNames } from "./known-names.ts";

/** Checks all accounts and aliases, and opens the accounts by all their names. */
export function openAccounts(
  options: BrokerAuthOptions<BrokerAuthProvider, string, string>,
  engine: EngineContext,
): ReadonlyMap<string, Account> {
  const accounts = new Map<string, Account>();
  for (const [name, input] of Object.entries(options.accounts)) {
    const { broker, site = "", ...fields } = input;
    const provider = options.brokers.find((candidate) => candidate.broker === broker);
    if (provider === undefined) {
      const known = options.brokers.map((one) => one.broker).join(", ");
      throw wrongAccount(name, "broker", `is not one of the brokers of this program (${known})`);
    }
    if (typeof site !== "string" || !/^[\w.-]{0,64}$/.test(site))
      throw wrongAccount(name, "site", 'must be a short name of letters, digits, ".", "-" and "_"');
    accounts.set(name, new Account(engine, name, provider, checkedCredentials(provider, name, fields), site));
  }
  requireOneSite([...accounts.values()]);
  for (const [alias, name] of Object.entries(options.use ?? {})) {
    const field = `use.${alias}`;
    if (Object.hasOwn(options.accounts, alias)) throw wrongArgument(field, "is the name of an account already");
    const account = Object.hasOwn(options.accounts, name) ? accounts.get(name) : undefined;
    if (account === undefined)
      throw wrongArgument(
        field,
        `must name an account; ${knownNames(typeof name === "string" ? name : "", Object.keys(options.accounts))}`,
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
function requireOneSite(accounts: readonly Account[]): void {
  const seen = new Map<string, Account>();
  for (const account of accounts) {
    const first = seen.get(account.accountIdentity);
    seen.set(account.accountIdentity, first ?? account);
    if (first === undefined || first.site === account.site) continue;
    const other = `differs from that of accounts.${first.name}, which is the same account at the broker`;
    throw wrongAccount(account.name, "site", `${other}; a program has one site`);
  }
}

function wrongAccount(account: string, field: string, message: string): BrokerAuthError {
  return wrongArgument(`accounts.${account}.${field}`, message).with({ account });
}
