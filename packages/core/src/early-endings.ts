import type { AccountRecord } from "./account-record.ts";
import { BrokerAuthError } from "./broker-auth-error.ts";

const windowMs = 600_000;
const limit = 2;
const remembered = 10;

/** The record's early endings with one more: a session that was refused well before its time, most likely because of somebody else's login. */
export function withEarlyEnding({ earlyEndings }: AccountRecord, now: number): readonly number[] {
  return [...earlyEndings, now].slice(-remembered);
}

/** Why no automatic login may answer what looks like a fight over the account; undefined where it does not. */
export function evictionRefusal(record: AccountRecord, now: number): BrokerAuthError | undefined {
  const since = now - windowMs;
  const endings = record.earlyEndings.filter((at) => at > since && at <= now);
  if (endings.length < limit) return undefined;
  return new BrokerAuthError(
    "session_replaced",
    `${endings.length} sessions of this account ended early within ten minutes: somebody else is logging in`,
    { retryAfterMs: (endings.at(-limit) ?? since) - since },
  );
}
