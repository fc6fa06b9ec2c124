import type { AccountRecord } from "../record/account-record.ts";
import type { AccountRepository } from "../record/account-repository.ts";
import { elapsedMs } from "../record/elapsed.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerClock } from "./broker-clock.ts";
import { evictionHoldError, withEarlyEnding } from "./eviction.ts";
import { overtaken } from "./overtaken.ts";

// How long nobody tries again after a login that was made because nobody could tell whether a session was dead or not permitted.
const doubtPauseMs = 600_000;

/**
 * Notes that a login is tried for a session that may be dead or not permitted, where nobody can tell; the session stays until that has succeeded.
 * One for all programs: whoever comes after one that did not help uses the session as it is, and so does this
 * one where it fails.
 */
export async function noteDoubt(
  repository: AccountRepository,
  record: AccountRecord,
  now: number,
): Promise<AccountRecord> {
  const fight = evictionHoldError(record, now);
  if (fight !== undefined) throw fight;
  return repository.update(({ session, ...account }) => {
    if (session === undefined || account.generation !== record.generation) throw overtaken();
    const sinceMs = elapsedMs(session.doubtedAt ?? -Infinity, now);
    if (sinceMs < doubtPauseMs) {
      throw new BrokerAuthError(
        "permission_denied",
        "the broker denies this account the call, and a new login did not help a moment ago",
        { retryAfterMs: doubtPauseMs - sinceMs },
      );
    }
    return { ...account, session: { ...session, doubtedAt: now } };
  }, record);
}

/**
 * A new session that lives shows that the old one was dead: somebody else's login had ended it. One that meets the same is not permitted, and no
 * further login is made for that.
 */
export async function settleDoubt(
  repository: AccountRepository,
  clock: BrokerClock,
  generation: number,
): Promise<void> {
  await repository.update((record) =>
    record.generation === generation && record.session?.onDoubt
      ? {
          ...record,
          session: { ...record.session, onDoubt: undefined },
          earlyEndings: withEarlyEnding(record, clock.moment(record.clock)),
        }
      : record,
  );
}
