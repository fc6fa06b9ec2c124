import type { AccountRecord } from "../record/account-record.ts";
import type { AccountRepository } from "../record/account-repository.ts";
import { elapsedMs } from "../record/elapsed.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerClock } from "./broker-clock.ts";
import { evictionHoldError, withEarlyEnding } from "./eviction.ts";
import { overtaken } from "./overtaken.ts";

const doubtPauseMs = 600_000;

/** A session that may be dead or not permitted, where nobody can tell. One login is tried for it; the session stays until that has succeeded. */
export class SessionDoubt {
  readonly #repository: AccountRepository;
  readonly #clock: BrokerClock;
  /** Which session is doubted here; 0 for none. */
  generation = 0;

  constructor(repository: AccountRepository, clock: BrokerClock) {
    this.#repository = repository;
    this.#clock = clock;
  }

  /** Whether the session of this record is the doubted one. */
  isAbout({ session, generation }: AccountRecord): boolean {
    return session !== undefined && generation === this.generation;
  }

  /**
   * Notes that a login is tried for it. One for all programs: whoever comes after one that did not help uses the session as it is, and so does this
   * one where it fails.
   */
  async note(record: AccountRecord): Promise<AccountRecord> {
    const now = this.#clock.moment(record.clock);
    this.generation = 0;
    const fight = evictionHoldError(record, now);
    if (fight !== undefined) throw fight;
    return this.#repository.update(({ session, ...account }) => {
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
  async settle(generation: number): Promise<void> {
    await this.#repository.update((record) =>
      record.generation === generation && record.session?.onDoubt
        ? {
            ...record,
            session: { ...record.session, onDoubt: undefined },
            earlyEndings: withEarlyEnding(record, this.#clock.moment(record.clock)),
          }
        : record,
    );
  }
}
