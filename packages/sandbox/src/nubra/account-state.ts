import { type Json, isJsonObject } from "../json.ts";
import type { NubraFailureStyle } from "./refusal.ts";
import { DEFAULT_CALLER_ADDRESS } from "../caller-addresses.ts";
import type { NubraSandboxAccount } from "./account.ts";

/** The one challenge that is open: every send replaces it (reference section 12 rule 5). */
export interface Challenge {
  readonly tempToken: string;
  /** What the temp token was issued for; one issued for TOTP cannot redeem a texted code (reference section 6). */
  readonly factor: "OTP" | "TOTP";
  /** The texted code; null if nothing was texted with this token. */
  readonly code: string | null;
  /** After a blind second send nothing verifies any more (reference section 12 rule 6). */
  readonly poisoned: boolean;
  readonly expiresAt: number;
}

/** Opens /verifypin, from one device, as often as wanted while it lives. */
export interface AuthToken {
  readonly token: string;
  readonly deviceId: string;
  readonly expiresAt: number;
  /** The first factor it was granted for; the session's JWT carries it on. */
  readonly factor: "OTP" | "TOTP";
  /** Sessions minted with it so far: more than none makes the next /verifypin a renewal. */
  readonly minted: number;
}

export interface NubraSession {
  readonly token: string;
  readonly deviceId: string;
  readonly authToken: string;
  readonly expiresAt: number;
  /** Why it no longer opens anything; null while it does. Told to the journal only, a client sees 440. */
  readonly ended: "replaced" | "expired" | "logged-out" | null;
  /** How its end is told, if not in the broker's usual style. */
  readonly refusedAs?: NubraFailureStyle | undefined;
}

/** A text message on the account holder's phone. */
export interface SmsMessage {
  readonly at: number;
  readonly code: string;
  readonly text: string;
}

/** All that the broker keeps of an account; plain data, so that the state file can hold it. */
export interface AccountState {
  readonly account: NubraSandboxAccount;
  mpin: string;
  totpSecret: string | null;
  /** From the latest generate-secret; enable checks this one only. */
  pendingSecret: string | null;
  registeredIps: readonly string[];
  challenge: Challenge | null;
  /** Sends and wrong OTPs since the last session, as `attempts_left` counts them: a forced send that follows VERIFY_TOTP is none. */
  otpAttempts: number;
  /** All sends since the last session, forced ones included. */
  sends: number;
  /** The answer to everything about an OTP is `Maximum attempts reached`. */
  otpBlocked: boolean;
  /** Wrong MPINs and TOTPs since the last session. */
  wrongFactors: number;
  locked: boolean;
  authTokens: readonly AuthToken[];
  sessions: readonly NubraSession[];
  inbox: readonly SmsMessage[];
}

/** Reference section 12 rule 12. */
export const OTP_ATTEMPTS = 5;
const WRONG_FACTORS = 3;

export function newAccountState(account: NubraSandboxAccount): AccountState {
  return {
    account,
    mpin: account.mpin,
    totpSecret: account.totpSecret ?? null,
    pendingSecret: null,
    registeredIps: account.registeredIps ?? [DEFAULT_CALLER_ADDRESS],
    challenge: null,
    otpAttempts: 0,
    sends: 0,
    otpBlocked: false,
    wrongFactors: 0,
    locked: false,
    authTokens: [],
    sessions: [],
    inbox: [],
  };
}

/** A wrong MPIN or TOTP: the third since the last session locks the account. */
export function countWrongFactor(state: AccountState): void {
  state.wrongFactors += 1;
  if (state.wrongFactors >= WRONG_FACTORS) state.locked = true;
}

/** The one session that opens something at this moment, if there is one. */
export function liveSession(state: AccountState, at: number): NubraSession | undefined {
  return state.sessions.find((session) => session.ended === null && session.expiresAt > at);
}

/** Ends what is still open. The last ended ones are remembered, so that the journal can say why a token was refused. */
export function endSessions(
  state: AccountState,
  why: NonNullable<NubraSession["ended"]>,
  which: (session: NubraSession) => boolean = () => true,
  refusedAs?: NubraFailureStyle,
): void {
  const end = (session: NubraSession): NubraSession => ({
    ...session,
    ended: why,
    ...(refusedAs === undefined ? {} : { refusedAs }),
  });
  state.sessions = state.sessions
    .map((session) => (session.ended === null && which(session) ? end(session) : session))
    .slice(-50);
}

/** Lifts locks and counters, as a person at the broker's support would. */
export function unlockAccount(state: AccountState): void {
  Object.assign(state, {
    otpAttempts: 0,
    sends: 0,
    otpBlocked: false,
    wrongFactors: 0,
    locked: false,
  } satisfies Partial<AccountState>);
}

/** Takes over what an earlier run saved of this account; the credentials in the options stay in force only where nothing was saved. */
export function restoreAccountState(state: AccountState, saved: Json | undefined): void {
  if (!isJsonObject(saved)) return;
  for (const key of Object.keys(state)) {
    if (key !== "account" && saved[key] !== undefined) Object.assign(state, { [key]: saved[key] });
  }
}
