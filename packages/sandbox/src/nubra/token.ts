import { randomUUID } from "node:crypto";
import { mintJwt } from "../jwt.ts";
import type { AccountState, AuthToken, NubraSession } from "./account-state.ts";
import { endSessions } from "./account-state.ts";
import type { NubraBroker } from "./broker.ts";

// Which claims the tokens carry: reference section 6. How the broker names those of the temp token is not known.

const seconds = (at: number): number => Math.floor(at / 1000);

/** A temp token says which factor was asked for. */
export function mintTempToken(state: AccountState, factor: "OTP" | "TOTP", expiresAt: number): string {
  return mintJwt({
    clientCode: `NB${state.account.userId}`,
    exp: seconds(expiresAt),
    factor,
    jti: randomUUID(),
    sub: `phone:${state.account.phone}`,
  });
}

/** Grants an auth token to a device. Older ones live on: only sessions are known to be evicted (reference section 11). */
export function grantAuthToken(
  broker: NubraBroker,
  state: AccountState,
  deviceId: string,
  factor: "OTP" | "TOTP",
): AuthToken {
  const at = broker.now();
  const granted: AuthToken = {
    token: randomUUID(),
    deviceId,
    expiresAt: at + broker.lifetimes.authTokenMs,
    factor,
    minted: 0,
  };
  state.authTokens = [...state.authTokens.filter(({ expiresAt }) => expiresAt > at), granted];
  return granted;
}

/** Mints a session and ends the account's older ones, on whatever device (reference section 12 rule 8). Attempts start afresh. */
export function mintSession(broker: NubraBroker, state: AccountState, from: AuthToken): NubraSession {
  const exp = seconds(broker.now() + broker.lifetimes.sessionMs);
  const token = mintJwt({
    deviceId: from.deviceId,
    exp,
    login_mode: from.factor,
    sessionId: randomUUID(),
    sub: state.account.email,
    userId: state.account.userId,
  });
  const session: NubraSession = {
    token,
    deviceId: from.deviceId,
    authToken: from.token,
    expiresAt: exp * 1000,
    ended: null,
  };
  endSessions(state, "replaced");
  state.sessions = [...state.sessions, session];
  state.authTokens = state.authTokens.map((one) =>
    one.token === from.token ? { ...one, minted: one.minted + 1 } : one,
  );
  Object.assign(state, {
    otpAttempts: 0,
    sends: 0,
    otpBlocked: false,
    wrongFactors: 0,
  } satisfies Partial<AccountState>);
  return session;
}

/** Somebody else logs in to the account on a device of their own; all factors are taken as right. */
export function loginElsewhere(broker: NubraBroker, state: AccountState): NubraSession {
  const granted = grantAuthToken(
    broker,
    state,
    `other-device-${randomUUID()}`,
    state.totpSecret === null ? "OTP" : "TOTP",
  );
  return mintSession(broker, state, granted);
}
