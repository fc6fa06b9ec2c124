import { type Json, type JsonObject, isJsonObject } from "../json.ts";
import { type Account, endOf } from "./account-state.ts";
import type { AngelOneBroker } from "./broker.ts";

/** All that a second run needs to go on. */
export function snapshotBroker(broker: AngelOneBroker): Json {
  return {
    accounts: Object.fromEntries(broker.accounts.map(({ customer, state }) => [customer.name, state])),
    callers: broker.callers.snapshot(),
    totp: broker.totp.snapshot(),
    scenarios: broker.scenarios.snapshot(),
  };
}

/** The invented credentials and what the broker keeps, for people and proofs. */
export function describeAccount({ customer, state }: Account, now: number): JsonObject {
  const sessions = state.sessions.map((session) => ({ ...session, endedBy: endOf(session, now) ?? null }));
  return { ...customer, ...state, listedAddresses: state.listedAddresses, sessions };
}

/** Takes over what `snapshotBroker` returned, for the accounts that still exist. */
export function restoreBroker(broker: AngelOneBroker, saved: Json): void {
  if (!isJsonObject(saved)) return;
  const states = isJsonObject(saved["accounts"]) ? saved["accounts"] : {};
  for (const account of broker.accounts) {
    const state = states[account.customer.name];
    // Only what this version knows of; a field that is missing keeps its fresh value.
    if (!isJsonObject(state)) continue;
    const known = Object.entries(state).filter(([name]) => Object.hasOwn(account.state, name));
    account.state = { ...account.state, ...Object.fromEntries(known) };
  }
  broker.callers.restore(saved["callers"] ?? null);
  broker.totp.restore(saved["totp"] ?? null);
  broker.scenarios.restore(saved["scenarios"] ?? null);
}
