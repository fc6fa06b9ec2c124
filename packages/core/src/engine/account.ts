import { abortable } from "./abortable.ts";
import { requireEnrolment, runEnrolment } from "./account-enrolment.ts";
import { AccountLogin } from "./account-login.ts";
import { AccountParts } from "./account-parts.ts";
import type { AccountRecord } from "../record/account-record.ts";
import { type AccountSession, CurrentSession, restoreSession } from "./account-session.ts";
import { type AccountStatus, accountStatus } from "./account-status.ts";
import { engineClosed } from "./account-context.ts";
import type { ClockReading } from "./broker-clock.ts";
import type { Answer } from "../contract/challenge.ts";
import { ask, readContext } from "./read-context.ts";
import { credentialPrints } from "../record/credential-prints.ts";
import { doubted } from "./clock-offset.ts";
import type { EngineContext } from "./engine-context.ts";
import { expiryMarginMs } from "./session-reach.ts";
import type { LoginHold } from "../record/login-hold.ts";
import type { LoginProgress } from "./login-progress.ts";
import { LoginRace } from "./login-race.ts";
import { NewerSession } from "./newer-session.ts";
import { pendingChallenge } from "./pending-challenge.ts";
import type { BrokerAuthProvider, ProbeAnswer } from "../contract/provider.ts";
import type { ProviderContext } from "../contract/provider-context.ts";
import { recovered } from "./login-preparation.ts";
import { SessionAcquisition, type SessionOptions } from "./session-acquisition.ts";
import { totpPeriodMs } from "../adapter-kit/totp-steps.ts";
import { unattendedHold } from "./unattended-hold.ts";
import { unlockLedger } from "../record/attempt-ledger.ts";
import { withEarlyEnding } from "./eviction.ts";

/** One configured account: all that can be asked of it. */
export class Account {
  readonly #parts: AccountParts;
  readonly #acquisition: SessionAcquisition;
  #newer: NewerSession | undefined;

  constructor(engine: EngineContext, name: string, provider: BrokerAuthProvider, credentials: unknown, site: string) {
    this.#parts = new AccountParts(engine, name, provider, credentials, site);
    this.#acquisition = new SessionAcquisition(this.#parts);
  }

  get name(): string {
    return this.#parts.context.name;
  }

  get provider(): BrokerAuthProvider {
    return this.#parts.context.provider;
  }

  get credentials(): unknown {
    return this.#parts.context.credentials;
  }

  get site(): string {
    return this.#parts.context.site;
  }

  /** The engine's fetch, for a request of the user's own. */
  get fetch(): typeof fetch {
    return this.#parts.context.platform.fetch;
  }

  /** The live session at hand, without waiting. */
  get current(): CurrentSession | undefined {
    return this.#parts.held.current;
  }

  /** Which session is at hand, live or not; 0 for none. */
  get generation(): number {
    return this.#parts.held.generation;
  }

  /** Rises with every logout: what began before one must not log in after it. */
  get logouts(): number {
    return this.#parts.held.logouts;
  }

  /** Broker time. */
  now(): number {
    return this.#parts.held.now();
  }

  /** The error with this account's name on it. */
  named(error: unknown): unknown {
    return this.#parts.context.named(error);
  }

  /**
   * A live session: the one at hand, or what the steps to the next one come to: adopt, renew, log in.
   * @param began how often the account had been logged out when the caller's work began: `aborted` where it was logged out since
   */
  acquire(wait: SessionOptions = {}, began: number = this.logouts): Promise<CurrentSession> {
    return this.#acquisition.acquire(wait, began);
  }

  /**
   * A live session for a request that must not be repeated: the newest that any process has, where the store tells it at once (P11). A store that
   * does not is no reason to hold up an order.
   * @param began as with `acquire`
   */
  async newest(wait: SessionOptions, began: number = this.logouts): Promise<CurrentSession> {
    const { current } = this;
    const found = await this.acquire(wait, began);
    // One that was not at hand is the store's own, or minted a moment ago.
    if (current === undefined) return found;
    this.#newer ??= new NewerSession(this.#parts);
    await this.#newer.look(found.session.generation, (record) => {
      // Ended by another program: it is used no more, and a newer one is left alone.
      if (record.generation === found.session.generation && record.session === undefined)
        this.#parts.held.drop(record.generation);
      // What comes late takes no newer session's place, and undoes no logout.
      if (record.generation > this.generation && began === this.logouts) this.#parts.held.adopt(record, 0);
    });
    return this.current ?? this.acquire(wait, began);
  }

  /** What this host's clocks show when a request leaves. */
  reading(): ClockReading {
    return this.#parts.clock.reading();
  }

  /** Takes note of the time that an answer tells: what it makes others wait for is written in the broker's time. */
  hear(answer: Response, from: ClockReading): void {
    this.#parts.clock.hear(answer, from);
  }

  /** Takes note that the broker refused the session of this generation. A newer one is left alone (P4). */
  async invalidate(generation: number): Promise<void> {
    const { context, repository, clock, held } = this.#parts;
    held.drop(generation);
    let ended = false;
    await context.settled(
      repository.update((record) => {
        ended = record.session !== undefined && record.generation === generation;
        if (!ended) return record;
        // While a login or renewal of ours is under way, it may be what ended this session.
        const ours = record.ledger.open !== undefined;
        // An answer that told no time leaves it open whether this was the session's own end.
        const marginMs = Math.max(expiryMarginMs(record.session), clock.unsureMs(record.clock));
        const early = !ours && (record.session?.expiresAt ?? 0) > held.now() + marginMs;
        const earlyEndings = early ? withEarlyEnding(record, clock.moment(record.clock)) : record.earlyEndings;
        return { ...record, session: undefined, earlyEndings };
      }),
    );
    if (ended) context.emit({ type: "session_ended", generation, reason: "refused" });
  }

  /**
   * Takes note that the session may be dead or not permitted, and nobody can tell. Once that is worth a new login; the old session stays in the
   * store until it has succeeded.
   * @returns false where that was done already: the session itself was minted on such a doubt, so the account is not permitted
   */
  async doubt({ generation }: AccountSession): Promise<boolean> {
    const { context, repository, held } = this.#parts;
    if (held.generation !== generation) return true;
    const record = await context.settled(repository.read());
    if (record?.generation === generation && record.session?.onDoubt) return false;
    held.doubt(generation);
    context.emit({ type: "session_ended", generation, reason: "refused" });
    return true;
  }

  /** Asks the broker whether a session lives. Requests that raise the question at the same time share one answer. */
  probe(session: AccountSession): Promise<ProbeAnswer> {
    return this.#parts.probe.ask(session);
  }

  /** Starts a login with a person at hand: to a session, or to the first challenge and the handle for its answer. */
  async begin(): Promise<LoginProgress> {
    const { context, held } = this.#parts;
    const begun = new LoginRace(this.#parts).run("login", 0, async (record, turn): Promise<LoginProgress> => {
      const live = held.adopt(record, 0);
      return live === undefined ? new AccountLogin(this.#parts).begin(record, turn) : given(live);
    });
    return context.settled(begun.then((progress) => (progress instanceof CurrentSession ? given(progress) : progress)));
  }

  /** Goes on with a pending login. @throws BrokerAuthError `challenge_expired` for a handle that is not the newest one of this account */
  async answer(handle: string, answer: Answer): Promise<LoginProgress> {
    const { context, lock } = this.#parts;
    const began = this.logouts;
    return context.settled(
      lock
        .run((record, turn) => new AccountLogin(this.#parts).answer(record, turn, { handle, answer }), {
          kind: "login",
          began,
        })
        .catch(async (error: unknown) => given(await new LoginRace(this.#parts).brought(error, { aim: 0, began }))),
    );
  }

  /** Where a person's login stands by now, whose handle is over: a session, or the challenge that others have come to. Nothing is sent. */
  async rejoin(): Promise<LoginProgress | undefined> {
    const { context, repository, held } = this.#parts;
    const { logouts } = held;
    const record = await context.settled(repository.read());
    if (record === undefined || logouts !== held.logouts) return undefined;
    const live = held.adopt(record, 0);
    return live === undefined ? pendingChallenge(this.#parts, record) : given(live);
  }

  /** Ends the session here and, where the broker can do that, there. The device id, the attempts and the last TOTP step are kept. */
  async logout(): Promise<void> {
    await this.#parts.context.settled(this.#parts.lock.run((record) => this.#endSession(record)));
  }

  async #endSession(record: AccountRecord): Promise<void> {
    const { context, repository, held } = this.#parts;
    held.end();
    if (record.revision === 0) return;
    await repository.update((now) => ({ ...now, session: undefined, renewal: undefined, pending: undefined }), record);
    if (record.session === undefined) return;
    context.emit({ type: "session_ended", generation: record.generation, reason: "logout" });
    const { provider, credentials } = context;
    try {
      const session = restoreSession(record, context, "store");
      if (session !== undefined) await provider.revoke?.(session, credentials, readContext(this.#parts, record));
    } catch {
      // Here the session is gone in any case; there it ends at its own time.
      context.emit({
        type: "warning",
        code: "logout_unconfirmed",
        message: "the broker did not confirm the logout; its session ends by itself",
      });
    }
  }

  /**
   * A person's word that the next attempt will succeed: one further try of what has stopped. What was refused stays counted, and so does an attempt
   * that a dead process left open: it came before that word.
   */
  async unlock(): Promise<void> {
    const { context, repository, clock, lock } = this.#parts;
    await context.settled(
      lock.run(async (record) => {
        const { configured } = await credentialPrints(context.identify().factors, record.fingerprintKey);
        await repository.update(
          (now) => ({ ...now, clock: doubted(now.clock), ledger: unlockLedger(now.ledger, configured) }),
          await recovered(this.#parts, record),
        );
      }),
    );
    clock.forget();
    this.#parts.failures?.hurry();
    this.#parts.failures?.forget();
    context.emit({ type: "unlocked" });
  }

  /** Forgets session, attempts and device id. Also a record that cannot be read any more. */
  async purge(): Promise<void> {
    const { context, repository, held } = this.#parts;
    const present = Math.floor(held.now() / totpPeriodMs);
    await context.settled(repository.purge(context.closed, present, () => held.end()));
    this.#parts.failures?.forget();
    this.#parts.failures?.hurry();
  }

  async status(): Promise<AccountStatus> {
    const { context, repository, clock, held } = this.#parts;
    const { name: account, broker, environment } = context;
    const record = await context.settled(repository.read());
    const hold = record === undefined ? undefined : await holdOf(this.#parts, record);
    return accountStatus(
      { account, broker, environment },
      {
        record,
        hold,
        shown: (at) => clock.shown(at, record?.clock),
        clock: clock.widest(record?.clock),
        current: held.current?.session,
        now: held.now(),
      },
    );
  }

  /** Runs one of the provider's calls that spend nothing: probe, socket, network. */
  ask<Result>(call: (context: ProviderContext) => Promise<Result>): Promise<Result> {
    return ask(this.#parts, call);
  }

  /** Refuses an enrolment that the record does not allow now, before the broker is asked for anything. */
  requireAttempt(): Promise<void> {
    return requireEnrolment(this.#parts);
  }

  /**
   * Runs a call that spends factors outside a login, such as an enrolment, under the account's lock and ledger.
   * @param began as with `acquire`
   */
  async attempt(call: (context: ProviderContext) => Promise<void>, began: number): Promise<void> {
    const { context, lock } = this.#parts;
    await context.settled(
      lock.run((record, turn) => runEnrolment(this.#parts, record, turn, call), { kind: "login", began }),
    );
  }

  /** Resolves when nothing is under way any more that has the account's lock or waits for it. */
  idle(): Promise<void> {
    return this.#parts.lock.idle();
  }

  /** Waits on the engine's clock. Rejects with `aborted` when the signal fires, or the engine is closed. */
  pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const { context } = this.#parts;
    const ended = signal === undefined ? context.closed : AbortSignal.any([context.closed, signal]);
    return context.settled(context.platform.sleep(ms, ended));
  }

  /** Waits for something of the caller's, such as a person's answer, and not beyond the engine's end. */
  async untilClosed<Result>(work: Promise<Result>): Promise<Result> {
    return abortable(work, this.#parts.context.closed, () => this.named(engineClosed()));
  }
}

/** Why no login is tried without a person now. */
async function holdOf({ context, clock }: AccountParts, record: AccountRecord): Promise<LoginHold | undefined> {
  const { configured } = await credentialPrints(context.identify().factors, record.fingerprintKey);
  return unattendedHold(record, configured, clock.moment(record.clock));
}

function given({ session }: CurrentSession): LoginProgress {
  return { kind: "session", session };
}
