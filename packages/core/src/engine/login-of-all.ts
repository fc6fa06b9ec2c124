import type { Account } from "./account.ts";
import type { AccountSession } from "./account-session.ts";
import { type BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import { refusedSignal } from "./abortable.ts";
import { requireOptions, wrongArgument } from "../errors/argument.ts";
import type { SessionOptions } from "./session-acquisition.ts";

/** The outcome of one account in `loginAll`. */
export type LoginOutcome<Session, Name extends string = string> =
  | { readonly account: Name; readonly ok: true; readonly session: Session }
  | { readonly account: Name; readonly ok: false; readonly error: BrokerAuthError };

/** One account of all, which is looked for when its login is asked for: an engine that is closed has none. */
export interface AccountOfAll {
  readonly name: string;
  readonly find: () => Account;
  readonly named: (error: unknown) => unknown;
}

// How many accounts loginAll begins with before it lets others have their turn.
const begunAtOnce = 16;

/** A login of each account by itself, a few begun at a time. Never rejects: what is wrong is each account's outcome. */
export function logInAll(accounts: readonly AccountOfAll[], limits: unknown): Promise<LoginOutcome<AccountSession>[]> {
  const wait = loginAllWait(limits);
  let turn: Promise<void> | undefined;
  return Promise.all(
    accounts.map(async (account, place) => {
      // A thousand records that are read at once would hold up everything else in the program.
      if (place > 0 && place % begunAtOnce === 0) turn = turn === undefined ? turnOfOthers() : turn.then(turnOfOthers);
      return logIn(account, wait, turn);
    }),
  );
}

async function logIn(
  { name: account, find, named }: AccountOfAll,
  wait: SessionOptions | BrokerAuthError,
  turn: Promise<void> | undefined,
): Promise<LoginOutcome<AccountSession>> {
  try {
    if (isBrokerAuthError(wait)) throw wait;
    // Before its turn comes: a logout and the engine's end in between are meant for this login as well.
    const found = find();
    const { logouts } = found;
    if (turn !== undefined) await turn;
    return { account, ok: true, session: (await found.acquire(wait, logouts)).session };
  } catch (error) {
    return { account, ok: false, error: named(error) as BrokerAuthError };
  }
}

function turnOfOthers(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** How long a login of all accounts waits, or what is wrong with what says so. */
function loginAllWait(limits: unknown): SessionOptions | BrokerAuthError {
  try {
    const { timeoutMs, signal } = requireOptions(limits, ["timeoutMs", "signal"]);
    if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs >= 0))
      throw wrongArgument("timeoutMs", "must be milliseconds from 0 up");
    const refused = refusedSignal(signal as AbortSignal | undefined);
    if (refused?.code === "configuration") throw refused;
    const ends = [
      signal as AbortSignal | undefined,
      timeoutMs === undefined ? undefined : AbortSignal.timeout(Math.min(Math.floor(timeoutMs), 2 ** 31 - 1)),
    ].filter((end) => end !== undefined);
    return ends.length === 0 ? {} : { signal: AbortSignal.any(ends) };
  } catch (error) {
    return isBrokerAuthError(error) ? error : wrongArgument("options", "cannot be read: reading it failed");
  }
}
