import { type Json, type JsonObject, isJsonObject } from "../json.ts";
import { OTP_ATTEMPTS, type AccountState, liveSession, restoreAccountState } from "./account-state.ts";
import type { NubraBroker } from "./broker.ts";

/** All that a second run needs to go on. */
export function snapshotBroker(broker: NubraBroker): Json {
  return {
    // Account states are plain data; the copy keeps later changes out.
    accounts: Object.fromEntries(
      broker.accounts.map(({ account, ...kept }) => [account.name, structuredClone(kept) as unknown as Json]),
    ),
    totp: broker.totp.snapshot(),
    scenarios: broker.scenarios.snapshot(),
    callerAddress: broker.callerAddress,
    nextOrder: broker.nextOrder,
  };
}

/** Takes over what `snapshotBroker` returned, for the accounts that still exist. */
export function restoreBroker(broker: NubraBroker, saved: Json): void {
  if (!isJsonObject(saved)) return;
  const { accounts, totp, scenarios, callerAddress, nextOrder } = saved;
  for (const state of broker.accounts)
    restoreAccountState(state, isJsonObject(accounts) ? accounts[state.account.name] : undefined);
  broker.totp.restore(totp ?? null);
  broker.scenarios.restore(scenarios ?? null);
  if (typeof callerAddress === "string") broker.callerAddress = callerAddress;
  if (typeof nextOrder === "number") broker.nextOrder = nextOrder;
}

/** What GET /accounts of the control endpoint tells of an account. */
export function describeAccount(state: AccountState, at: number): JsonObject {
  const { name, phone, email, userId } = state.account;
  return {
    name,
    phone,
    email,
    mpin: state.mpin,
    totpSecret: state.totpSecret,
    userId,
    registeredIps: state.registeredIps,
    locked: state.locked || state.otpBlocked,
    otpAttemptsLeft: Math.max(0, OTP_ATTEMPTS - state.otpAttempts),
    wrongFactors: state.wrongFactors,
    liveSession: liveSession(state, at)?.token ?? null,
  };
}
