import { AccountLogin } from "./account-login.ts";
import type { LockedWork } from "./account-lock.ts";
import type { AccountParts } from "./account-parts.ts";
import type { AccountRecord } from "../record/account-record.ts";
import type { AccountTurn } from "./account-turn.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAuthErrorCode } from "../errors/error-codes.ts";
import type { CurrentSession } from "./account-session.ts";
import { elapsedMs } from "../record/elapsed.ts";
import { noteDoubt, settleDoubt } from "./session-doubt.ts";
import { tooShort } from "./session-reach.ts";
import { wasWaiting } from "./overtaken.ts";

// How often a login that waited begins again because the account's record is another one by then.
const mostRestarts = 3;
const extensionPauseMs = 600_000;
// What ends a login and says nothing against its credentials: where another login has come first meanwhile, its session is the answer all the same.
const harmless: ReadonlySet<BrokerAuthErrorCode | undefined> = new Set([
  "needs_input",
  "login_blocked",
  "session_replaced",
  "challenge_expired",
  "session_expired",
  "broker_unavailable",
  "rate_limited",
  "outcome_unknown",
]);

/** What is known of a login that another one may have overtaken. */
interface Overtaken {
  readonly aim: number;
  /** How often the account had been logged out when the caller's work began: a session is no answer to one from before a logout. */
  readonly began: number;
  /** The generation that the record had when the login began. */
  readonly found?: number | undefined;
}

/** An account's logins among those of others: one that another login overtakes comes to the session that this one brought. */
export class LoginRace {
  readonly #parts: AccountParts;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /**
   * The steps from no session to one, with nobody at hand: renew, log in.
   * @param aim epoch milliseconds until which the session has to live; 0 for any
   * @param began how often the account had been logged out when the caller's work began
   */
  async mint(aim: number, began: number): Promise<CurrentSession> {
    const { held, repository } = this.#parts;
    const early = this.#parts.failures?.refusal;
    if (early !== undefined) {
      // No login now, so what was doubted is the session that there is: the next call uses it again.
      held.doubted = 0;
      throw early;
    }
    try {
      return await this.run("unattended", aim, (record, turn) => this.#logIn(record, turn, aim), began);
    } catch (error) {
      if (isBrokerAuthError(error)) this.#parts.failing.tell(error, repository.latest);
      throw error;
    }
  }

  /** Runs a login, unless another one comes first: then the session that this one brought is the result. */
  async run<Result>(
    kind: LockedWork,
    aim: number,
    work: (record: AccountRecord, turn: AccountTurn) => Promise<Result>,
    began: number = this.#parts.held.logouts,
  ): Promise<Result | CurrentSession> {
    for (let tries = 1; ; tries++) {
      let found: number | undefined;
      let arrived: CurrentSession | undefined;
      const look = this.#newerThan(this.#parts.repository.seen, aim, began);
      const needed = async (): Promise<boolean> => (arrived = await look()) === undefined;
      const noted = (record: AccountRecord, turn: AccountTurn): Promise<Result> => {
        found = record.generation;
        return work(record, turn);
      };
      try {
        return await this.#parts.lock.run(noted, { kind, began, needed });
      } catch (error) {
        if (arrived !== undefined && began === this.#parts.held.logouts) return arrived;
        const brought = await this.brought(error, { aim, found, began }).catch(() => undefined);
        if (brought !== undefined) return brought;
        if (!wasWaiting(error) || tries >= mostRestarts) throw error;
      }
    }
  }

  /** Looks in the record, by its header first, for a session that came after this one. What cannot be read is told of by the work itself. */
  #newerThan(seen: number, aim: number, began: number): () => Promise<CurrentSession | undefined> {
    const { held, repository } = this.#parts;
    let looked = seen;
    return async () => {
      const record = await repository
        .generation()
        .then((generation) => (generation > looked ? repository.read() : undefined))
        .catch(() => undefined);
      if (record === undefined || began !== held.logouts) return undefined;
      looked = record.generation;
      return held.adopt(record, aim);
    };
  }

  /**
   * The session that another login has brought.
   * @throws the error itself, where it is another one or there is no session
   */
  async brought(error: unknown, { aim, began, found = Infinity }: Overtaken): Promise<CurrentSession> {
    const { held, repository } = this.#parts;
    const code = isBrokerAuthError(error) ? error.code : undefined;
    // A clock that is far off may have taken a session for one that is over.
    const busy = code === "store_busy" || code === "clock_skew";
    const record = busy || harmless.has(code) ? await repository.read() : undefined;
    const isOthers = record !== undefined && began === held.logouts && (busy || record.generation > found);
    const adopted = isOthers ? held.adopt(record, aim) : undefined;
    if (adopted === undefined) throw error;
    return adopted;
  }

  async #logIn(record: AccountRecord, turn: AccountTurn, aim: number): Promise<CurrentSession> {
    const { repository, clock, held } = this.#parts;
    const adopted = held.adopt(record, aim);
    if (adopted !== undefined) return adopted;
    if (aim !== 0) this.#requirePause(record, aim);
    const onDoubt = record.session !== undefined && record.generation === held.doubted;
    if (onDoubt) held.doubted = 0;
    const noted = onDoubt ? await noteDoubt(repository, record, clock.moment(record.clock)) : record;
    await new AccountLogin(this.#parts).unattended(noted, turn, { extends: aim !== 0, onDoubt });
    this.#parts.failures?.hurry();
    const { last } = held;
    if (last === undefined) throw new BrokerAuthError("needs_input", "the login waits for a person");
    const { session } = last;
    if (onDoubt && (await this.#parts.probe.ask(session)) === "alive")
      await settleDoubt(repository, clock, session.generation);
    return last;
  }

  // Whoever asks for a little more time with every call must not cost a login with every call.
  #requirePause(record: AccountRecord, validUntil: number): void {
    const { clock, held } = this.#parts;
    const live = held.adopt(record, 0);
    if (live === undefined) return;
    const sinceMs = elapsedMs(record.extendedAt ?? -Infinity, clock.moment(record.clock));
    if (sinceMs >= extensionPauseMs) return;
    throw tooShort(validUntil, live.session.expiresAt).with({
      retryAfterMs: extensionPauseMs - sinceMs,
      action: "Use the session as it is; one is minted for validUntil once in ten minutes at most.",
    });
  }
}
