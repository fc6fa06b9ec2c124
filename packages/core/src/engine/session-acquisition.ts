import { abortable, endedBySignal, refusedSignal } from "./abortable.ts";
import { loggedOut } from "./account-lock.ts";
import type { AccountParts } from "./account-parts.ts";
import type { CurrentSession } from "./account-session.ts";
import { LoginRace } from "./login-race.ts";
import { reaches, requireReach, tooShort, unreachableMoment } from "./session-reach.ts";

export interface SessionOptions {
  /**
   * Epoch milliseconds until which the session has to live. A shorter-lived one is replaced now, at a moment that the program chose.
   * Beyond the broker's reach it is a `configuration` error that names the furthest time; so is a moment in the past, and epoch seconds.
   */
  readonly validUntil?: number;
  /** Ends this caller's wait, never the login that others wait for as well. */
  readonly signal?: AbortSignal;
  /**
   * Whether the store is asked first for a session that another program has minted meanwhile, which ended the one at hand. Default: false. For a
   * program that hands sessions on to others. One read of a header; a store that does not answer within 50 ms changes nothing.
   */
  readonly newest?: boolean;
}

interface UnderWay {
  /** Epoch milliseconds until which the session has to live; 0 for any. */
  readonly aim: number;
  /** How often the account had been logged out when it began. */
  readonly began: number;
  readonly done: Promise<CurrentSession>;
}

/** The way to a live session, which callers that come at the same time go together. */
export class SessionAcquisition {
  readonly #parts: AccountParts;
  #underWay: UnderWay | undefined;
  #looking: Promise<void> | undefined;
  /** The session that the acquisition under way found in the record, and could not use. */
  #unusable = 0;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /**
   * A live session: the one at hand, or what the steps come to. Callers that wait at the same time share one acquisition and one promise.
   * @param began how often the account had been logged out when the caller's work began: `aborted` where it was logged out since
   */
  acquire({ validUntil, signal }: SessionOptions, began: number): Promise<CurrentSession> {
    const { held, context } = this.#parts;
    if (began !== held.logouts) return Promise.reject(context.named(loggedOut()));
    const moment = validUntil === undefined ? undefined : unreachableMoment(validUntil, held.now());
    if (moment !== undefined) return Promise.reject(context.named(moment));
    const { current } = held;
    if (current !== undefined && reaches(current.session, validUntil ?? 0)) return Promise.resolve(current);
    const refused = refusedSignal(signal);
    if (refused !== undefined) return Promise.reject(context.named(refused));
    if (validUntil !== undefined) return this.#acquireUntil(validUntil, signal, began);
    const joined = this.#joinable;
    const acquired = joined === undefined ? this.#begin(0) : this.#join(joined, 0);
    return abortable(acquired, signal, () => context.named(endedBySignal()));
  }

  async #acquireUntil(validUntil: number, signal: AbortSignal | undefined, began: number): Promise<CurrentSession> {
    for (;;) {
      if (began !== this.#parts.held.logouts) throw this.#parts.context.named(loggedOut());
      // Each time: a session that came meanwhile shows what the broker grants, and a login for more would be in vain.
      this.#requireReach(validUntil);
      const joined = this.#joinable;
      const acquired = await this.#parts.context.settled(
        abortable(joined === undefined ? this.#begin(validUntil) : this.#join(joined, validUntil), signal),
      );
      if (reaches(acquired.session, validUntil)) return acquired;
      // Another caller's acquisition that aimed lower is no answer to ours; one that aimed as high is.
      if (joined === undefined || joined.aim >= validUntil)
        throw this.#parts.context.named(tooShort(validUntil, acquired.session.expiresAt));
    }
  }

  #requireReach(validUntil: number): void {
    try {
      requireReach(this.#parts.context.provider, validUntil, this.#parts.held.now(), this.#parts.held.last?.session);
    } catch (error) {
      throw this.#parts.context.named(error);
    }
  }

  /** The acquisition under way. One that began before a logout gives up, and is no answer to whoever came after it. */
  get #joinable(): UnderWay | undefined {
    return this.#underWay?.began === this.#parts.held.logouts ? this.#underWay : undefined;
  }

  #begin(aim: number): Promise<CurrentSession> {
    const began = this.#parts.held.logouts;
    const arrival = new Promise<CurrentSession>((resolve) => {
      // What ends its wait without a login of its own.
      this.#parts.held.arrived = (current) => {
        const { session } = current;
        if (session.generation > this.#unusable && reaches(session, this.#underWay?.aim ?? 0)) resolve(current);
      };
    });
    const acquired = this.#parts.repository.during(() => this.#adoptOrMint(aim, began));
    const done = this.#parts.context.settled(Promise.race([acquired, arrival])).finally(() => {
      if (this.#underWay !== underWay) return;
      this.#underWay = undefined;
      this.#parts.held.arrived = undefined;
    });
    const underWay: UnderWay = { aim, began, done };
    this.#underWay = underWay;
    return done;
  }

  /** Where the acquisition waits for something outside, the store is looked at: others may have logged in by now. */
  #join({ done }: UnderWay, aim: number): Promise<CurrentSession> {
    if (!this.#parts.lock.waits) return done;
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking.then(() => {
      const { current } = this.#parts.held;
      return current !== undefined && reaches(current.session, aim) ? current : done;
    });
  }

  async #look(): Promise<void> {
    const { logouts } = this.#parts.held;
    try {
      const record = await this.#parts.repository.read();
      const isNewer = record !== undefined && record.generation > this.#unusable;
      if (isNewer && logouts === this.#parts.held.logouts) this.#parts.held.adopt(record, 0);
    } catch {
      // Whoever waits is told by the login itself.
    }
  }

  async #adoptOrMint(aim: number, began: number): Promise<CurrentSession> {
    const seen = await this.#parts.repository.read();
    // What was read before a logout is not adopted after it, and nobody is logged in by a call that began before it.
    if (began !== this.#parts.held.logouts) throw loggedOut();
    this.#unusable = seen?.generation ?? 0;
    const adopted = seen === undefined ? undefined : this.#parts.held.adopt(seen, aim);
    return adopted ?? new LoginRace(this.#parts).mint(aim, began);
  }
}
