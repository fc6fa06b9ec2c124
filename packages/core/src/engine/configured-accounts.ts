import { Account } from "./account.ts";
import type { BrokerAuthOptions } from "./engine-options.ts";
import { checkedAccounts } from "./checked-accounts.ts";
import type { EngineContext } from "./engine-context.ts";
import type { BrokerAuthProvider } from "../contract/provider.ts";

/** Checks all accounts and aliases, and opens the accounts by all their names. */
export function openAccounts(
  options: BrokerAuthOptions<BrokerAuthProvider, string, string>,
  engine: EngineContext,
): ReadonlyMap<string, Account> {
  const accounts = new Map<string, Account>();
  for (const [name, checked] of checkedAccounts(options)) {
    const { provider, credentials, site } = checked;
    accounts.set(name, accounts.get(checked.name) ?? new Account(engine, checked.name, provider, credentials, site));
  }
  return accounts;
}
