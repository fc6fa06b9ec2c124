import { DEFAULT_CALLER_ADDRESS } from "../caller-addresses.ts";
import { nextIstTime } from "../ist.ts";
import type { JsonObject } from "../json.ts";
import { DEFAULT_REDIRECT_URL, type ZerodhaSandboxAccount } from "./account.ts";
import type { SessionRefusalForm } from "./refusal.ts";
import { opaqueText } from "./token.ts";

/** What the login page gives: good once, and for minutes only (reference section 3). */
export interface RequestToken extends JsonObject {
  readonly token: string;
  readonly expiresAt: number;
}

/** Why a session no longer lives. `cutoff` is never written down: it follows from the clock. */
export type SessionEnd = "expired" | "replaced" | "logged-out" | "master-logout" | "cutoff";

export interface ZerodhaSession extends JsonObject {
  readonly token: string;
  readonly publicToken: string;
  /** Empty unless the platform is an approved one. */
  readonly refreshToken: string;
  readonly mintedAt: number;
  /** The next 06:00 IST (reference section 4). */
  readonly expiresAt: number;
  readonly endedBy?: SessionEnd;
  /** The form in which the broker says so, if not the usual one. */
  readonly refusedAs?: SessionRefusalForm;
}

/** All that the broker keeps of a customer; plain data, so that it can be saved as it is. */
export interface AccountState extends JsonObject {
  readonly redirectUrl: string;
  readonly requestTokens: readonly RequestToken[];
  /** Request tokens that were used: only to know whose call it is. */
  readonly spentRequestTokens: readonly string[];
  readonly sessions: readonly ZerodhaSession[];
  /** How many sessions were ever minted. */
  readonly minted: number;
  /** Order numbers, as they were given out. */
  readonly orders: readonly string[];
  readonly listedAddresses: readonly string[];
}

export interface Account {
  readonly customer: ZerodhaSandboxAccount;
  state: AccountState;
}

/** Between "a few minutes" and "5 minutes", which is all that is known (reference section 3). */
const REQUEST_TOKEN_LIFE_MS: number = 5 * 60_000;
const DAY_MS = 86_400_000;
const CUTOFF_HOUR = 6;

export function openAccount(customer: ZerodhaSandboxAccount): Account {
  return {
    customer,
    state: {
      redirectUrl: customer.redirectUrl ?? DEFAULT_REDIRECT_URL,
      requestTokens: [],
      spentRequestTokens: [],
      sessions: [],
      minted: 0,
      orders: [],
      listedAddresses: customer.listedAddresses ?? [DEFAULT_CALLER_ADDRESS],
    },
  };
}

/** The moment at which a session of this moment ends. One that is minted between 00:00 and 06:00 is taken to end the same morning (section 4). */
export function cutoffAfter(now: number): number {
  return nextIstTime(now, CUTOFF_HOUR);
}

export function giveRequestToken(account: Account, now: number): RequestToken {
  const given: RequestToken = { token: opaqueText(), expiresAt: now + REQUEST_TOKEN_LIFE_MS };
  const { state } = account;
  account.state = { ...state, requestTokens: [...state.requestTokens.filter((one) => one.expiresAt > now), given] };
  return given;
}

/** Uses a request token up, whatever becomes of the call; returns it if it was good. */
export function spendRequestToken(account: Account, token: string, now: number): RequestToken | undefined {
  const { state } = account;
  const found = state.requestTokens.find((one) => one.token === token);
  account.state = {
    ...state,
    requestTokens: state.requestTokens.filter((one) => one !== found),
    spentRequestTokens: [...state.spentRequestTokens, token].slice(-50),
  };
  return found !== undefined && found.expiresAt > now ? found : undefined;
}

export function mintSession(account: Account, now: number, options: { readonly endOthers: boolean }): ZerodhaSession {
  if (options.endOthers) endSessions(account, now, "replaced");
  const session: ZerodhaSession = {
    token: opaqueText(),
    publicToken: opaqueText(),
    refreshToken: account.customer.approvedPlatform === true ? opaqueText() : "",
    mintedAt: now,
    expiresAt: cutoffAfter(now),
  };
  const { state } = account;
  account.state = {
    ...state,
    minted: state.minted + 1,
    // Yesterday's are kept for a day, so that the journal can say why they are refused.
    sessions: [...state.sessions.filter((one) => one.expiresAt > now - DAY_MS), session],
  };
  return session;
}

/** What ended the session, undefined while it lives. */
export function endOf(session: ZerodhaSession, now: number): SessionEnd | undefined {
  return session.endedBy ?? (now >= session.expiresAt ? "cutoff" : undefined);
}

/** Ends what lives, or of that only the session with this token. */
export function endSessions(
  account: Account,
  now: number,
  endedBy: SessionEnd,
  only?: { token: string; refusedAs?: SessionRefusalForm },
): void {
  const end = (session: ZerodhaSession): ZerodhaSession => {
    if (endOf(session, now) !== undefined || (only !== undefined && only.token !== session.token)) return session;
    return { ...session, endedBy, ...(only?.refusedAs === undefined ? {} : { refusedAs: only.refusedAs }) };
  };
  account.state = { ...account.state, sessions: account.state.sessions.map(end) };
}

/** The invented credentials and what the broker keeps, for people and proofs. */
export function describeAccount({ customer, state }: Account, now: number): JsonObject {
  const sessions = state.sessions.map((session) => ({ ...session, endedBy: endOf(session, now) ?? null }));
  return { ...customer, ...state, listedAddresses: state.listedAddresses, sessions };
}
