import { type Json, type JsonObject, isJsonObject } from "../json.ts";
import { OTP_ATTEMPTS, type AccountState, liveSession, restoreAccountState } from "./account-state.ts";
import type { NubraWorld } from "./nubra-world.ts";

/** All that a second run needs to go on. */
export function snapshotWorld(world: NubraWorld): Json {
  return {
    // Account states are plain data; the copy keeps later changes out.
    accounts: Object.fromEntries(
      world.accounts.map(({ account, ...kept }) => [account.name, structuredClone(kept) as unknown as Json]),
    ),
    totp: world.totp.snapshot(),
    scenarios: world.scenarios.snapshot(),
    callerAddress: world.callerAddress,
    nextOrder: world.nextOrder,
  };
}

/** Takes over what `snapshotWorld` returned, for the accounts that still exist. */
export function restoreWorld(world: NubraWorld, saved: Json): void {
  if (!isJsonObject(saved)) return;
  const { accounts, totp, scenarios, callerAddress, nextOrder } = saved;
  for (const state of world.accounts)
    restoreAccountState(state, isJsonObject(accounts) ? accounts[state.account.name] : undefined);
  world.totp.restore(totp ?? null);
  world.scenarios.restore(scenarios ?? null);
  if (typeof callerAddress === "string") world.callerAddress = callerAddress;
  if (typeof nextOrder === "number") world.nextOrder = nextOrder;
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
