import type { CallerAddresses } from "./caller-addresses.ts";
import { type Json, type JsonObject, isJsonObject } from "./json.ts";
import { SandboxError } from "./sandbox-error.ts";
import type { ScenarioBook } from "./scenario.ts";
import type { TotpVerifier } from "./totp-verifier.ts";

/** An account of a broker: the customer's invented credentials, and what the broker keeps of it as plain data. */
export interface KeptAccount {
  readonly customer: { readonly name: string };
  state: object;
}

/** A broker whose accounts are of this form, with all that a second run needs to go on. */
export interface KeepingBroker<Account extends KeptAccount = KeptAccount> {
  readonly accounts: readonly Account[];
  readonly callers: CallerAddresses;
  readonly scenarios: Pick<ScenarioBook, "snapshot" | "restore">;
  readonly totp?: TotpVerifier;
}

/** @throws SandboxError unknown_account */
export function findAccount<Account extends KeptAccount>(
  { accounts }: Pick<KeepingBroker<Account>, "accounts">,
  name: string,
): Account {
  const found = accounts.find(({ customer }) => customer.name === name);
  if (found !== undefined) return found;
  const names = accounts.map(({ customer }) => customer.name).join(", ");
  throw new SandboxError("unknown_account", `There is no account "${name}"; there are ${names}.`);
}

export function snapshotBroker({ accounts, totp, callers, scenarios }: KeepingBroker): Json {
  return {
    accounts: Object.fromEntries(accounts.map(({ customer, state }) => [customer.name, state as JsonObject])),
    ...(totp === undefined ? {} : { totp: totp.snapshot() }),
    callers: callers.snapshot(),
    scenarios: scenarios.snapshot(),
  };
}

/** Takes over what `snapshotBroker` returned, for the accounts that still exist. */
export function restoreBroker({ accounts, totp, callers, scenarios }: KeepingBroker, saved: Json): void {
  if (!isJsonObject(saved)) return;
  const states = isJsonObject(saved["accounts"]) ? saved["accounts"] : {};
  for (const account of accounts) {
    const state = states[account.customer.name];
    // Only what this version knows of; a field that is missing keeps its fresh value.
    if (!isJsonObject(state)) continue;
    const known = Object.entries(state).filter(([name]) => Object.hasOwn(account.state, name));
    account.state = { ...account.state, ...Object.fromEntries(known) };
  }
  totp?.restore(saved["totp"] ?? null);
  callers.restore(saved["callers"] ?? null);
  scenarios.restore(saved["scenarios"] ?? null);
}
