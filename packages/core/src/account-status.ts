import type { AccountRecord } from "./account-record.ts";
import type { AccountSession } from "./account-session.ts";
import type { BrokerAuthErrorCode } from "./error-codes.ts";

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
  /** The refusal that stopped automatic logins. */
  readonly blockedBy: BrokerAuthErrorCode | undefined;
  /** Attempts at a factor that the broker said are left, as it said last; undefined where it did not tell. */
  readonly attemptsLeft: number | undefined;
  /** The broker's clock minus this computer's, in milliseconds; undefined while it was never measured. */
  readonly clockOffsetMs: number | undefined;
}

export function accountStatus(
  facts: { readonly account: string; readonly broker: string; readonly environment: string },
  record: AccountRecord | undefined,
  held: AccountSession | undefined,
  now: number,
): AccountStatus {
  const { session, ledger, pending, clock } = record ?? {};
  return {
    ...facts,
    state: stateOf(),
    expiresAt: session?.expiresAt,
    generation: record?.generation ?? 0,
    obtainedBy: held !== undefined && held.generation === record?.generation ? held.obtainedBy : undefined,
    blockedBy: ledger?.block?.code,
    attemptsLeft: ledger?.attemptsLeft,
    clockOffsetMs: clock?.offsetMs,
  };

  function stateOf(): AccountStatus["state"] {
    if (session !== undefined && session.expiresAt > now) return "logged_in";
    if (ledger?.block !== undefined) return "login_blocked";
    if (pending !== undefined) return "pending";
    return session === undefined ? "logged_out" : "expired";
  }
}
