import type { AccountRecord, ClockOffset } from "../record/account-record.ts";
import type { AccountSession } from "./account-session.ts";
import type { BrokerAuthErrorCode } from "../errors/error-codes.ts";
import type { LoginHold } from "../record/login-hold.ts";

/** What can be said about an account without asking the broker. Holds no secret and no identity. */
export interface AccountStatus {
  readonly account: string;
  readonly broker: string;
  readonly environment: string;
  /**
   * `logged_in`: a session that has not ended as far as is known. `expired`: its time is over. `logged_out`: none.
   * `pending`: a login waits for an answer. `login_blocked`: automatic logins have stopped, see `blockedBy`.
   */
  readonly state: "logged_in" | "expired" | "logged_out" | "pending" | "login_blocked";
  /** Epoch milliseconds; undefined without a session. */
  readonly expiresAt: number | undefined;
  /** Of the newest session; 0 if there never was one. */
  readonly generation: number;
  /** How this program came to its session; undefined while it holds none. */
  readonly obtainedBy: AccountSession["obtainedBy"] | undefined;
  /** What the program that minted the session calls itself, by its `program` option; undefined where it does not say, and without a session. */
  readonly mintedBy: string | undefined;
  /**
   * The error that holds up automatic logins: for good in the state `login_blocked`, for a while in every other one. Undefined where a login may
   * be tried now.
   */
  readonly blockedBy: BrokerAuthErrorCode | undefined;
  /** Epoch milliseconds of this computer's clock; undefined where nothing holds them up, or where only the broker's count of attempts is known. */
  readonly blockedSince: number | undefined;
  /** Epoch milliseconds of this computer's clock; undefined where nothing holds them up, or until a person acts. */
  readonly blockedUntil: number | undefined;
  /** Attempts at a factor that the broker said are left, as it said last; undefined where it did not tell. */
  readonly attemptsLeft: number | undefined;
  /** The broker's clock minus this computer's, in milliseconds; undefined while it was never measured. */
  readonly clockOffsetMs: number | undefined;
}

export interface AccountFacts {
  readonly record: AccountRecord | undefined;
  /** Why no login is tried by itself. */
  readonly hold: LoginHold | undefined;
  /** A moment of the hold by this host's clock. */
  readonly shown: (at: number) => number;
  readonly clock: ClockOffset | undefined;
  readonly current: AccountSession | undefined;
  /** Broker time. */
  readonly now: number;
}

export function accountStatus(
  facts: { readonly account: string; readonly broker: string; readonly environment: string },
  { record, hold, shown, clock, current, now }: AccountFacts,
): AccountStatus {
  const { session, ledger, pending } = record ?? {};
  return {
    ...facts,
    state: stateOf(),
    expiresAt: session?.expiresAt,
    generation: record?.generation ?? 0,
    obtainedBy: current !== undefined && current.generation === record?.generation ? current.obtainedBy : undefined,
    mintedBy: session?.mintedBy,
    blockedBy: hold?.code,
    blockedSince: hold?.since === undefined ? undefined : shown(hold.since),
    blockedUntil: hold?.until === undefined ? undefined : shown(hold.until),
    attemptsLeft: ledger?.attemptsLeft,
    clockOffsetMs: clock?.offsetMs,
  };

  function stateOf(): AccountStatus["state"] {
    if (session !== undefined && session.expiresAt > now) return "logged_in";
    const lasting = hold !== undefined && hold.until === undefined;
    // The broker's last attempts belong to the person who is about to answer.
    if (pending !== undefined && (!lasting || hold.since === undefined)) return "pending";
    if (lasting) return "login_blocked";
    return session === undefined ? "logged_out" : "expired";
  }
}
