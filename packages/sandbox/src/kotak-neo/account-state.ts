import { randomUUID } from "node:crypto";
import type { JsonObject } from "../json.ts";
import { nextIstMidnight } from "../ist.ts";
import { DEFAULT_CALLER_ADDRESS } from "../caller-addresses.ts";
import type { KotakNeoSandboxAccount } from "./account.ts";
import type { SessionRefusalForm } from "./session-refusal.ts";
import { mintToken } from "./token.ts";

/** What call 1 gives: good for one call 2, on the same day. */
export interface ViewPair extends JsonObject {
  readonly token: string;
  readonly sid: string;
  readonly rid: string;
  readonly expiresAt: number;
}

/** Why a session no longer lives. `midnight` is never written down: it follows from the clock. */
export type SessionEnd = "expired" | "replaced" | "token-reset" | "midnight";

/** What call 2 gives. */
export interface TradeSession extends JsonObject {
  readonly token: string;
  readonly sid: string;
  readonly rid: string;
  readonly mintedAt: number;
  /** The next 00:00 IST (reference section 6). */
  readonly expiresAt: number;
  /** Orders are taken from this address only (section 9, gotcha 10). */
  readonly address: string;
  readonly endedBy?: SessionEnd;
  /** The form in which the broker says so, if not that of its style. */
  readonly refusedAs?: SessionRefusalForm;
}

/** All that the broker keeps of a customer; plain data, so that it can be saved as it is. */
export interface AccountState extends JsonObject {
  readonly accessToken: string;
  /** Tokens that were reset: only to know whose call it is. */
  readonly formerAccessTokens: readonly string[];
  /** Since the last session. */
  readonly wrongFactors: number;
  readonly lockedUntilAt: number | null;
  readonly viewPairs: readonly ViewPair[];
  readonly sessions: readonly TradeSession[];
  /** How many sessions were ever minted. */
  readonly minted: number;
  /** Order numbers, as they were given out. */
  readonly orders: readonly string[];
  readonly listedAddresses: readonly string[];
}

export interface Account {
  readonly customer: KotakNeoSandboxAccount;
  state: AccountState;
}

/** Reference section 12 rule 8. */
const WRONG_FACTORS_THAT_LOCK = 3;
const LOCK_MS = 24 * 60 * 60 * 1000;

export function openAccount(customer: KotakNeoSandboxAccount): Account {
  return {
    customer,
    state: {
      accessToken: customer.accessToken,
      formerAccessTokens: [],
      wrongFactors: 0,
      lockedUntilAt: null,
      viewPairs: [],
      sessions: [],
      minted: 0,
      orders: [],
      listedAddresses: customer.listedAddresses ?? [DEFAULT_CALLER_ADDRESS],
    },
  };
}

export function isLocked({ state }: Account, now: number): boolean {
  return state.lockedUntilAt !== null && now < state.lockedUntilAt;
}

/** Locks at the third wrong factor. A lock that has run out leaves a clean count. */
export function countWrongFactor(account: Account, now: number): void {
  const { state } = account;
  const before = state.lockedUntilAt !== null && now >= state.lockedUntilAt ? 0 : state.wrongFactors;
  account.state = { ...state, wrongFactors: before + 1, lockedUntilAt: null };
  if (before + 1 >= WRONG_FACTORS_THAT_LOCK) lock(account, now);
}

export function lock(account: Account, now: number): void {
  account.state = { ...account.state, wrongFactors: WRONG_FACTORS_THAT_LOCK, lockedUntilAt: now + LOCK_MS };
}

export function unlock(account: Account): void {
  account.state = { ...account.state, wrongFactors: 0, lockedUntilAt: null };
}

/** Several pairs may wait for their call 2; nothing says that a second call 1 revokes the first. */
export function openViewPair(account: Account, now: number): ViewPair {
  const expiresAt = nextIstMidnight(now);
  const token = mintToken(account.customer, { scope: "View", issuedAt: now, expiresAt });
  const pair: ViewPair = { token, sid: randomUUID(), rid: randomUUID(), expiresAt };
  const { state } = account;
  account.state = { ...state, viewPairs: [...state.viewPairs.filter((one) => one.expiresAt > now), pair] };
  return pair;
}

/** Takes away every pair that the token or the sid belongs to, whatever becomes of the call; returns the one they both belong to, if it lives. */
export function burnViewPair(account: Account, token: string, sid: string, now: number): ViewPair | undefined {
  const { viewPairs } = account.state;
  account.state = { ...account.state, viewPairs: viewPairs.filter((pair) => pair.token !== token && pair.sid !== sid) };
  return viewPairs.find((pair) => pair.token === token && pair.sid === sid && pair.expiresAt > now);
}

export interface MintOptions {
  readonly address: string;
  /** Ends the account's other sessions. Several may live at once by the documents (reference section 6). */
  readonly endOthers: boolean;
}

export function mintSession(account: Account, now: number, options: MintOptions): TradeSession {
  if (options.endOthers) endSessions(account, now, "replaced");
  const expiresAt = nextIstMidnight(now);
  const token = mintToken(account.customer, { scope: "Trade", issuedAt: now, expiresAt });
  const session: TradeSession = {
    token,
    sid: randomUUID(),
    rid: randomUUID(),
    mintedAt: now,
    expiresAt,
    address: options.address,
  };
  const { state } = account;
  account.state = {
    ...state,
    wrongFactors: 0,
    lockedUntilAt: null,
    minted: state.minted + 1,
    // Yesterday's are kept for a day, so that the journal can say why they are refused.
    sessions: [...state.sessions.filter((one) => one.expiresAt > now - LOCK_MS), session],
  };
  return session;
}

/** What ended the session, undefined while it lives. */
export function endOf(session: TradeSession, now: number): SessionEnd | undefined {
  return session.endedBy ?? (now >= session.expiresAt ? "midnight" : undefined);
}

/** Ends what lives, or of that only the session with this token. */
export function endSessions(
  account: Account,
  now: number,
  endedBy: SessionEnd,
  only?: { token: string; refusedAs?: SessionRefusalForm },
): void {
  const end = (session: TradeSession): TradeSession => {
    if (endOf(session, now) !== undefined || (only !== undefined && only.token !== session.token)) return session;
    return { ...session, endedBy, ...(only?.refusedAs === undefined ? {} : { refusedAs: only.refusedAs }) };
  };
  account.state = { ...account.state, sessions: account.state.sessions.map(end) };
}

/** The dashboard's reset: the old token is worth nothing, and everything made with it ends at once (reference section 6). */
export function resetAccessToken(account: Account, now: number): string {
  endSessions(account, now, "token-reset");
  const { state } = account;
  const accessToken = randomUUID();
  account.state = {
    ...state,
    accessToken,
    formerAccessTokens: [...state.formerAccessTokens, state.accessToken],
    viewPairs: [],
  };
  return accessToken;
}

/** The invented credentials and what the broker keeps, for people and proofs. */
export function describeAccount({ customer, state }: Account, now: number): JsonObject {
  const sessions = state.sessions.map((session) => ({ ...session, endedBy: endOf(session, now) ?? null }));
  return { ...customer, ...state, listedAddresses: state.listedAddresses, sessions };
}
