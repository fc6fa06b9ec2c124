import { Account } from "./account.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAuthOptions } from "./engine-options.ts";
import type { BrokerAuthEventFacts } from "./broker-event.ts";
import type { GuardedStore } from "../record/guarded-store.ts";
import type { BrokerAuthProvider } from "../contract/provider.ts";
import type { Platform } from "./platform.ts";

export interface Surroundings {
  readonly store: GuardedStore;
  readonly platform: Platform;
  readonly closed: AbortSignal;
  readonly emit: (account: string, broker: string, facts: BrokerAuthEventFacts) => void;
}

/** Checks all accounts and aliases, and opens the accounts by all their names. */
export function openAccounts(
  options: BrokerAuthOptions<BrokerAuthProvider, string, string>,
  { store, platform, closed, emit }: Surroundings,
): ReadonlyMap<string, Account> {
  const accounts = new Map<string, Account>();
  for (const [name, input] of Object.entries(options.accounts)) {
    const { broker, site = "", ...fields } = input;
    const provider = options.brokers.find((candidate) => candidate.broker === broker);
    if (provider === undefined) throw unknownBroker(name, options.brokers);
    if (typeof site !== "string" || !/^[\w.-]{0,64}$/.test(site)) throw unusableSite(name);
    accounts.set(
      name,
      new Account({
        name,
        provider,
        credentials: checkedCredentials(provider, name, fields),
        site,
        store,
        platform,
        closed,
        emit: (facts) => emit(name, broker, facts),
      }),
    );
  }
  requireOneSite([...accounts.values()]);
  for (const [alias, name] of Object.entries(options.use ?? {})) {
    const field = `use.${alias}`;
    if (Object.hasOwn(options.accounts, alias))
      throw new BrokerAuthError("configuration", `${field}: is the name of an account already`, { field });
    const account = Object.hasOwn(options.accounts, name) ? accounts.get(name) : undefined;
    if (account === undefined)
      throw new BrokerAuthError(
        "configuration",
        `${field}: must name an account (${Object.keys(options.accounts).join(", ")})`,
        { field },
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
    const field = `accounts.${account.name}.site`;
    const message = `${field}: differs from that of accounts.${first.name}, which is the same account at the broker; a program has one site`;
    throw new BrokerAuthError("configuration", message, { field, account: account.name });
  }
}

function unusableSite(name: string): BrokerAuthError {
  const field = `accounts.${name}.site`;
  const message = `${field}: must be a short name of letters, digits, ".", "-" and "_"`;
  return new BrokerAuthError("configuration", message, { field, account: name });
}

function unknownBroker(name: string, brokers: readonly BrokerAuthProvider[]): BrokerAuthError {
  const field = `accounts.${name}.broker`;
  const known = brokers.map(({ broker }) => broker).join(", ");
  return new BrokerAuthError("configuration", `${field}: is not one of the brokers of this program (${known})`, {
    field,
    account: name,
  });
}
