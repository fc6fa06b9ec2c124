import type { AccountContext } from "./account-context.ts";
import type { AccountRecord } from "../record/account-record.ts";
import { type AccountSession, CurrentSession, restoreSession } from "./account-session.ts";
import type { BrokerClock } from "./broker-clock.ts";
import type { FailureNotice } from "./failure-notice.ts";
import { expiryMarginMs, reaches } from "./session-reach.ts";

/** The parts of an account that hold its session. */
export interface HoldingParts {
  readonly context: AccountContext;
  readonly clock: BrokerClock;
  readonly failures: FailureNotice | undefined;
}

/** The session that an account has at hand, and what is known here of whether it can be used. */
export class HeldSession {
  readonly #parts: HoldingParts;
  #last: CurrentSession | undefined;
  #recordedClock: AccountRecord["clock"];
  #logouts = 0;
  /** Which session is doubted here, see `noteDoubt`; 0 for none. */
  doubted = 0;
  /** Told of a session that came by another way than the acquisition under way. */
  arrived: ((session: CurrentSession) => void) | undefined;

  constructor(parts: HoldingParts) {
    this.#parts = parts;
  }

  /** The live one, without waiting. */
  get current(): CurrentSession | undefined {
    return this.#last !== undefined && this.lives(this.#last.session) ? this.#last : undefined;
  }

  /** The newest one, live or not. */
  get last(): CurrentSession | undefined {
    return this.#last;
  }

  /** Which session is at hand, live or not; 0 for none. */
  get generation(): number {
    return this.#last?.session.generation ?? 0;
  }

  /** Rises with every logout: what began before one must not log in after it. */
  get logouts(): number {
    return this.#logouts;
  }

  /** Broker time. */
  now(): number {
    const { context, clock } = this.#parts;
    return context.platform.now() + (clock.widest(this.#recordedClock)?.offsetMs ?? 0);
  }

  lives(session: Pick<AccountSession, "issuedAt" | "expiresAt">): boolean {
    return session.expiresAt - expiryMarginMs(session) > this.#parts.clock.glance(this.#recordedClock);
  }

  /** Whether the record's session can be used, as far as the time is known at this moment. */
  isUsable({ session, generation, clock }: AccountRecord): boolean {
    this.#recordedClock = clock;
    return session !== undefined && generation !== this.doubted && this.lives(session);
  }

  /** The record's session, where it can be used and lives for so long. */
  adopt(record: AccountRecord, validUntil: number): CurrentSession | undefined {
    this.#recordedClock = record.clock;
    const session = restoreSession(record, this.#parts.context, "store");
    if (session === undefined || !this.lives(session) || !reaches(session, validUntil)) return undefined;
    if (session.generation === this.doubted) return undefined;
    if (this.#last?.session.generation === session.generation) return this.#last;
    const taken = this.take(session, record);
    this.arrived?.(taken);
    return taken;
  }

  take(session: AccountSession, record: AccountRecord): CurrentSession {
    const { context, failures } = this.#parts;
    this.#recordedClock = record.clock;
    this.#last = new CurrentSession(session, context);
    failures?.forget();
    const { obtainedBy, generation, expiresAt } = session;
    context.emit({ type: "session", obtainedBy, generation, expiresAt });
    return this.#last;
  }

  /** Forgets the session of this generation. A newer one is left alone (P4). */
  drop(generation: number): void {
    if (this.generation === generation) this.#last = undefined;
  }

  /** Holds the session of this generation for one that may be dead, and does not use it any more. */
  doubt(generation: number): void {
    this.doubted = generation;
    this.#last = undefined;
  }

  /** The account is logged out. */
  end(): void {
    this.#logouts += 1;
    this.#last = undefined;
  }
}
