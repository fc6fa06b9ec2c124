import { DEFAULT_CALLER_ADDRESS } from "../caller-addresses.ts";
import { nextIstMidnight } from "../ist.ts";
import type { JsonObject } from "../json.ts";
import type { AngelOneSandboxAccount } from "./account.ts";
import type { SessionRefusalForm } from "./refusal.ts";
import { mintToken } from "./token.ts";

/** Why a session no longer lives. `midnight` is never written down: it follows from the clock. */
export type SessionEnd = "expired" | "replaced" | "logged-out" | "midnight";

export interface AngelOneSession extends JsonObject {
  readonly jwt: string;
  readonly refreshToken: string;
  readonly feedToken: string;
  readonly mintedAt: number;
  /** The next 00:00 IST (reference section 3). */
  readonly expiresAt: number;
  readonly refreshExpiresAt: number;
  readonly endedBy?: SessionEnd;
  /** Its refresh token was used or its owner logged out. */
  readonly renewedOrOut?: true;
  /** The form in which the broker says that it is over, if not the usual one. */
  readonly refusedAs?: SessionRefusalForm;
}

/** All that the broker keeps of a customer; plain data, so that it can be saved as it is. */
export interface AccountState extends JsonObject {
  /** Since the last session. */
  readonly wrongFactors: number;
  readonly locked: boolean;
  readonly sessions: readonly AngelOneSession[];
  /** How many sessions were ever minted. */
  readonly minted: number;
  /** Order numbers, as they were given out. */
  readonly orders: readonly string[];
  readonly listedAddresses: readonly string[];
}

export interface Account {
  readonly customer: AngelOneSandboxAccount;
  state: AccountState;
}

/** How many lock is not known (reference section 8): our choice. */
const WRONG_FACTORS_THAT_LOCK = 3;
const DAY_MS = 86_400_000;

export function openAccount(customer: AngelOneSandboxAccount): Account {
  return {
    customer,
    state: {
      wrongFactors: 0,
      locked: false,
      sessions: [],
      minted: 0,
      orders: [],
      listedAddresses: customer.listedAddresses ?? [DEFAULT_CALLER_ADDRESS],
    },
  };
}

export function countWrongFactor(account: Account): void {
  const wrongFactors = account.state.wrongFactors + 1;
  account.state = { ...account.state, wrongFactors, locked: wrongFactors >= WRONG_FACTORS_THAT_LOCK };
}

export function lock(account: Account): void {
  account.state = { ...account.state, wrongFactors: WRONG_FACTORS_THAT_LOCK, locked: true };
}

export function unlock(account: Account): void {
  account.state = { ...account.state, wrongFactors: 0, locked: false };
}

export interface MintOptions {
  readonly endOthers: boolean;
  readonly renewal: "midnight" | "day";
}

export function mintSession(account: Account, now: number, options: MintOptions): AngelOneSession {
  if (options.endOthers) endSessions(account, now, "replaced");
  const { customer, state } = account;
  const expiresAt = nextIstMidnight(now);
  const refreshExpiresAt = options.renewal === "day" ? now + DAY_MS : expiresAt;
  const token = (use: "session" | "refresh" | "feed", end: number): string =>
    mintToken(customer, { issuedAt: now, expiresAt: end, use });
  const session: AngelOneSession = {
    jwt: token("session", expiresAt),
    refreshToken: token("refresh", refreshExpiresAt),
    feedToken: token("feed", now + DAY_MS),
    mintedAt: now,
    expiresAt,
    refreshExpiresAt,
  };
  account.state = {
    ...state,
    wrongFactors: 0,
    locked: false,
    minted: state.minted + 1,
    // Yesterday's are kept for a day, so that the journal can say why they are refused.
    sessions: [...state.sessions.filter((one) => one.expiresAt > now - DAY_MS), session],
  };
  return session;
}

/** What ended the session, undefined while it lives. */
export function endOf(session: AngelOneSession, now: number): SessionEnd | undefined {
  return session.endedBy ?? (now >= session.expiresAt ? "midnight" : undefined);
}

/** Ends what lives, or of that only the session with this JWT. A logout ends its refresh token, too. */
export function endSessions(
  account: Account,
  now: number,
  endedBy: SessionEnd,
  only?: { jwt: string; refusedAs?: SessionRefusalForm },
): void {
  const end = (session: AngelOneSession): AngelOneSession => {
    if (endOf(session, now) !== undefined || (only !== undefined && only.jwt !== session.jwt)) return session;
    const spent = endedBy === "expired" ? {} : { renewedOrOut: true as const };
    return { ...session, endedBy, ...spent, ...(only?.refusedAs === undefined ? {} : { refusedAs: only.refusedAs }) };
  };
  account.state = { ...account.state, sessions: account.state.sessions.map(end) };
}

/** Takes the refresh token of a session away: it is good once. */
export function spendRefreshToken(account: Account, refreshToken: string): void {
  const sessions = account.state.sessions.map((one) =>
    one.refreshToken === refreshToken ? { ...one, renewedOrOut: true as const } : one,
  );
  account.state = { ...account.state, sessions };
}

/** The invented credentials and what the broker keeps, for people and proofs. */
export function describeAccount({ customer, state }: Account, now: number): JsonObject {
  const sessions = state.sessions.map((session) => ({ ...session, endedBy: endOf(session, now) ?? null }));
  return { ...customer, ...state, listedAddresses: state.listedAddresses, sessions };
}
