import { abortable, endedBySignal, refusedSignal } from "./abortable.ts";
import { AccountLogin } from "./account-login.ts";
import type { AccountRecord } from "../record/account-record.ts";
import { type AccountSession, CurrentSession, restoreSession } from "./account-session.ts";
import { type AccountStatus, accountStatus } from "./account-status.ts";
import { BrokerClock, type ClockReading } from "./broker-clock.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAuthErrorCode } from "../errors/error-codes.ts";
import type { BrokerAuthEventFacts } from "./broker-event.ts";
import type { Answer } from "../contract/challenge.ts";
import { withEarlyEnding } from "./eviction.ts";
import { FailureNotice } from "./failure-notice.ts";
import type { ProviderContext } from "../contract/provider-context.ts";
import type { LoginSlots } from "./login-slots.ts";
import type { LoginProgress } from "./login-progress.ts";
import type { AccountIdentity, BrokerAuthProvider, ProbeAnswer } from "../contract/provider.ts";
import { Secret } from "../contract/secret.ts";
import { SessionDoubt } from "./session-doubt.ts";
import { expiryMarginMs, reaches, unreachableMoment, requireReach, tooShort } from "./session-reach.ts";
import { AccountLock, type LockedWork, loggedOut } from "./account-lock.ts";
import type { AccountTurn } from "./account-turn.ts";
import type { GuardedStore } from "../record/guarded-store.ts";
import { NewerSession } from "./newer-session.ts";
import { wasWaiting } from "./overtaken.ts";
import { elapsedMs } from "../record/elapsed.ts";
import { AccountRepository } from "../record/account-repository.ts";
import { newestBar, totpPeriodMs } from "../adapter-kit/totp-steps.ts";
import type { Platform } from "./platform.ts";

export interface AccountOptions {
  readonly name: string;
  readonly provider: BrokerAuthProvider;
  readonly credentials: unknown;
  readonly site: string;
  /** What this program calls itself. */
  readonly program?: string | undefined;
  readonly store: GuardedStore;
  readonly platform: Platform;
  readonly slots: LoginSlots;
  readonly emit: (facts: BrokerAuthEventFacts) => void;
  /** Ends everything under way when the engine is closed. */
  readonly closed: AbortSignal;
}

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

interface Acquisition {
  /** Epoch milliseconds until which the session has to live; 0 for any. */
  readonly aim: number;
  /** How often the account had been logged out when it began. */
  readonly began: number;
  readonly done: Promise<CurrentSession>;
}

/** One configured account: the session at hand, and the steps to the next one: adopt, renew, log in. */
export class Account {
  readonly name: string;
  readonly provider: BrokerAuthProvider;
  readonly credentials: unknown;
  readonly site: string;
  readonly #platform: Platform;
  readonly #emit: (facts: BrokerAuthEventFacts) => void;
  readonly #closed: AbortSignal;
  readonly #identity: AccountIdentity;
  readonly #repository: AccountRepository;
  readonly #login: AccountLogin;
  readonly #newer: NewerSession;
  readonly #failures: FailureNotice;
  readonly #lock: AccountLock;
  readonly #doubt: SessionDoubt;
  #current: CurrentSession | undefined;
  #acquiring: Acquisition | undefined;
  /** Ends the acquisition's wait with a session that came by another way. */
  #arrive: ((session: CurrentSession) => void) | undefined;
  #looking: Promise<void> | undefined;
  /** The session that the acquisition under way found in the record, and could not use. */
  #unusable = 0;
  #probing: { readonly generation: number; readonly answer: Promise<ProbeAnswer> } | undefined;
  readonly #clock: BrokerClock;
  #recordedClock: AccountRecord["clock"];
  #logouts = 0;

  constructor(options: AccountOptions) {
    const { name, provider, credentials, site, store } = options;
    this.name = name;
    this.provider = provider;
    this.credentials = credentials;
    this.site = site;
    this.#platform = options.platform;
    this.#emit = options.emit;
    this.#closed = options.closed;
    this.#identity = provider.identify(credentials);
    const { environment, identity, deviceId } = this.#identity;
    this.#repository = new AccountRepository(
      store,
      { broker: provider.broker, environment, identity, site },
      deviceId,
      () => this.#platform.now(),
    );
    this.#clock = new BrokerClock({ ...options, ofThisHost: store.ofOneHost });
    this.#newer = new NewerSession(this.#repository, this.#emit);
    this.#doubt = new SessionDoubt(this.#repository, this.#clock);
    this.#failures = new FailureNotice(this.#platform, this.#clock, this.#emit);
    this.#lock = new AccountLock({ ...options, repository: this.#repository, logouts: () => this.#logouts });
    this.#login = new AccountLogin({
      ...options,
      identity: this.#identity,
      repository: this.#repository,
      clock: this.#clock,
      readContext: (record) => this.#readContext(record),
      lives: (record) => this.#isUsable(record),
      take: (session, record, automatic) => void this.#take(session, record, automatic),
    });
  }

  /** Who this is at the broker, wherever the session is used. Never shown. */
  get accountIdentity(): string {
    const { environment, identity } = this.#identity;
    return JSON.stringify([this.provider.broker, environment, identity]);
  }

  get environment(): string {
    return this.#identity.environment;
  }

  /** The live session at hand, without waiting. */
  get current(): CurrentSession | undefined {
    return this.#current !== undefined && this.#lives(this.#current.session) ? this.#current : undefined;
  }

  /** Which session is at hand, live or not; 0 for none. */
  get generation(): number {
    return this.#current?.session.generation ?? 0;
  }

  /** Rises with every logout: what began before one must not log in after it. */
  get logouts(): number {
    return this.#logouts;
  }

  /**
   * A live session: the one at hand, or what these steps come to. Callers that wait at the same time share one acquisition and one promise.
   * @param began how often the account had been logged out when the caller's work began: `aborted` where it was logged out since
   */
  acquire({ validUntil, signal }: SessionOptions = {}, began: number = this.#logouts): Promise<CurrentSession> {
    if (began !== this.#logouts) return Promise.reject(this.named(loggedOut()));
    const moment = validUntil === undefined ? undefined : unreachableMoment(validUntil, this.now());
    if (moment !== undefined) return Promise.reject(this.named(moment));
    const { current } = this;
    if (current !== undefined && reaches(current.session, validUntil ?? 0)) return Promise.resolve(current);
    const refused = refusedSignal(signal);
    if (refused !== undefined) return Promise.reject(this.named(refused));
    if (validUntil !== undefined) return this.#holdUntil(validUntil, signal, began);
    const joined = this.#joinable;
    const acquired = joined === undefined ? this.#acquireOnce(0) : this.#join(joined, 0);
    return abortable(acquired, signal, () => this.named(endedBySignal()));
  }

  /**
   * A live session for a request that must not be repeated: the newest that any process has, where the store tells it at once (P11). A store that
   * does not is no reason to hold up an order.
   * @param began as with `acquire`
   */
  async newest(wait: SessionOptions, began: number = this.#logouts): Promise<CurrentSession> {
    const { current } = this;
    const found = await this.acquire(wait, began);
    // One that was not at hand is the store's own, or minted a moment ago.
    if (current === undefined) return found;
    await this.#newer.look(found.session.generation, (record) => {
      // What comes late takes no newer session's place, and undoes no logout.
      if (record.generation > this.generation && began === this.#logouts) this.#adopt(record, 0);
    });
    return this.current ?? this.acquire(wait, began);
  }

  /** What this host's clocks show when a request leaves. */
  reading(): ClockReading {
    return this.#clock.reading();
  }

  /** Takes note of the time that an answer tells: what it makes others wait for is written in the broker's time. */
  hear(answer: Response, from: ClockReading): void {
    this.#clock.hear(answer, from);
  }

  /** Takes note that the broker refused the session of this generation. A newer one is left alone (P4). */
  async invalidate(generation: number): Promise<void> {
    if (this.#current?.session.generation === generation) this.#current = undefined;
    let ended = false;
    await this.#settled(
      this.#repository.update((record) => {
        ended = record.session !== undefined && record.generation === generation;
        if (!ended) return record;
        // While a login or renewal of ours is under way, it may be what ended this session.
        const ours = record.ledger.open !== undefined;
        const early = !ours && (record.session?.expiresAt ?? 0) > this.now() + expiryMarginMs(record.session);
        const earlyEndings = early ? withEarlyEnding(record, this.#clock.moment(record.clock)) : record.earlyEndings;
        return { ...record, session: undefined, earlyEndings };
      }),
    );
    if (ended) this.#emit({ type: "session_ended", generation, reason: "refused" });
  }

  /**
   * Takes note that the session may be dead or not permitted, and nobody can tell. Once that is worth a new login; the old session stays in the
   * store until it has succeeded.
   * @returns false where that was done already: the session itself was minted on such a doubt, so the account is not permitted
   */
  async doubt({ generation }: AccountSession): Promise<boolean> {
    if (this.#current?.session.generation !== generation) return true;
    const record = await this.#settled(this.#repository.read());
    if (record?.generation === generation && record.session?.onDoubt) return false;
    this.#doubt.generation = generation;
    this.#current = undefined;
    this.#emit({ type: "session_ended", generation, reason: "refused" });
    return true;
  }

  /** Asks the broker whether a session lives. Requests that raise the question at the same time share one answer. */
  probe(session: AccountSession): Promise<ProbeAnswer> {
    const { provider, credentials } = this;
    if (provider.probe === undefined) return Promise.resolve("dead");
    if (this.#probing?.generation === session.generation) return this.#probing.answer;
    const answer = this.ask(async (context) => provider.probe!(session, credentials, context))
      .catch(() => "unknown" as const)
      .finally(() => {
        if (this.#probing?.answer === answer) this.#probing = undefined;
      });
    this.#probing = { generation: session.generation, answer };
    return answer;
  }

  /** Starts a login with a person at hand: to a session, or to the first challenge and the handle for its answer. */
  async begin(): Promise<LoginProgress> {
    return this.#settled(
      this.#firstComer("login", 0, async (record, turn): Promise<LoginProgress> => {
        const live = this.#adopt(record, 0);
        return live === undefined ? this.#login.begin(record, turn) : given(live);
      }).then((progress) => (progress instanceof CurrentSession ? given(progress) : progress)),
    );
  }

  /** Goes on with a pending login. @throws BrokerAuthError `challenge_expired` for a handle that is not the newest one of this account */
  async answer(handle: string, answer: Answer): Promise<LoginProgress> {
    return this.#settled(
      this.#lock
        .run((record, turn) => this.#login.answer(record, turn, { handle, answer }), "login")
        .catch(async (error: unknown) => given(await this.#brought(error, 0))),
    );
  }

  /** Where a person's login stands by now, whose handle is over: a session, or the challenge that others have come to. Nothing is sent. */
  async rejoin(): Promise<LoginProgress | undefined> {
    const { logouts } = this;
    const record = await this.#settled(this.#repository.read());
    if (record === undefined || logouts !== this.#logouts) return undefined;
    const live = this.#adopt(record, 0);
    return live === undefined ? this.#login.pending(record) : given(live);
  }

  /** Ends the session here and, where the broker can do that, there. The device id, the attempts and the last TOTP step are kept. */
  async logout(): Promise<void> {
    await this.#settled(this.#lock.run((record) => this.#endSession(record)));
  }

  /** A person's word that the next attempt will succeed: one further try of what has stopped. What was refused stays counted. */
  async unlock(): Promise<void> {
    await this.#settled(this.#lock.run((record) => this.#login.unlock(record)));
    this.#clock.forget();
    this.#failures.hurry();
    this.#failures.forget();
    this.#emit({ type: "unlocked" });
  }

  /** Forgets session, attempts and device id. Also a record that cannot be read any more. */
  async purge(): Promise<void> {
    const forget = (): void => {
      this.#logouts += 1;
      this.#current = undefined;
    };
    await this.#settled(this.#repository.purge(this.#closed, Math.floor(this.now() / totpPeriodMs), forget));
    this.#failures.forget();
    this.#failures.hurry();
  }

  async status(): Promise<AccountStatus> {
    const record = await this.#settled(this.#repository.read());
    const facts = { account: this.name, broker: this.provider.broker, environment: this.environment };
    const hold = record === undefined ? undefined : await this.#login.hold(record);
    const shown = (at: number): number => this.#clock.shown(at, record?.clock);
    const clock = this.#clock.widest(record?.clock);
    return accountStatus(facts, { record, hold, shown, clock, current: this.current?.session, now: this.now() });
  }

  /** Runs one of the provider's calls that spend nothing: probe, socket, network. */
  async ask<Result>(call: (context: ProviderContext) => Promise<Result>): Promise<Result> {
    const record = await this.#settled(this.#repository.open());
    return this.#settled(call(this.#readContext(record)));
  }

  /** Refuses an enrolment that the record does not allow now, before the broker is asked for anything. */
  async requireAttempt(): Promise<void> {
    const record = await this.#settled(this.#repository.read());
    const held = record === undefined ? undefined : await this.#login.attemptHold(record);
    if (held !== undefined) throw this.named(held);
  }

  /**
   * Runs a call that spends factors outside a login, such as an enrolment, under the account's lock and ledger.
   * @param began as with `acquire`
   */
  async attempt(call: (context: ProviderContext) => Promise<void>, began: number): Promise<void> {
    await this.#settled(this.#lock.run((record, turn) => this.#login.attempt(record, turn, call), "login", began));
  }

  /** Resolves when nothing is under way any more that has the account's lock or waits for it. */
  async idle(): Promise<void> {
    await this.#lock.idle();
  }

  /** The engine's fetch, for a request of the user's own. */
  get fetch(): typeof fetch {
    return this.#platform.fetch;
  }

  /** Waits on the engine's clock. Rejects with `aborted` when the signal fires, or the engine is closed. */
  pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const ended = signal === undefined ? this.#closed : AbortSignal.any([this.#closed, signal]);
    return this.#settled(this.#platform.sleep(ms, ended));
  }

  /** Waits for something of the caller's, such as a person's answer, and not beyond the engine's end. */
  async untilClosed<Result>(work: Promise<Result>): Promise<Result> {
    return abortable(work, this.#closed, () => this.named(engineClosed()));
  }

  /** Broker time. */
  now(): number {
    return this.#platform.now() + (this.#clock.widest(this.#recordedClock)?.offsetMs ?? 0);
  }

  /** The error with this account's name on it. */
  named(error: unknown): unknown {
    return isBrokerAuthError(error) ? error.with({ account: this.name, broker: this.provider.broker }) : error;
  }

  async #holdUntil(validUntil: number, signal: AbortSignal | undefined, began: number): Promise<CurrentSession> {
    for (;;) {
      if (began !== this.#logouts) throw this.named(loggedOut());
      // Each time: a session that came meanwhile shows what the broker grants, and a login for more would be in vain.
      this.#requireReach(validUntil);
      const joined = this.#joinable;
      const acquired = await this.#settled(
        abortable(joined === undefined ? this.#acquireOnce(validUntil) : this.#join(joined, validUntil), signal),
      );
      if (reaches(acquired.session, validUntil)) return acquired;
      // Another caller's acquisition that aimed lower is no answer to ours; one that aimed as high is.
      if (joined === undefined || joined.aim >= validUntil)
        throw this.named(tooShort(validUntil, acquired.session.expiresAt));
    }
  }

  #requireReach(validUntil: number): void {
    try {
      requireReach(this.provider, validUntil, this.now(), this.#current?.session);
    } catch (error) {
      throw this.named(error);
    }
  }

  /** The acquisition under way. One that began before a logout gives up, and is no answer to whoever came after it. */
  get #joinable(): Acquisition | undefined {
    return this.#acquiring?.began === this.#logouts ? this.#acquiring : undefined;
  }

  #acquireOnce(validUntil: number): Promise<CurrentSession> {
    const began = this.#logouts;
    const arrived = new Promise<CurrentSession>((resolve) => {
      this.#arrive = resolve;
    });
    const done = this.#settled(Promise.race([this.#adoptRenewOrLogIn(validUntil, began), arrived])).finally(() => {
      if (this.#acquiring === acquiring) this.#acquiring = undefined;
    });
    const acquiring = { aim: validUntil, began, done };
    this.#acquiring = acquiring;
    return done;
  }

  /** Where the acquisition waits for something outside, the store is looked at: others may have logged in by now. */
  #join({ done }: Acquisition, aim: number): Promise<CurrentSession> {
    if (!this.#lock.waits) return done;
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking.then(() => {
      const { current } = this;
      return current !== undefined && reaches(current.session, aim) ? current : done;
    });
  }

  async #look(): Promise<void> {
    const { logouts } = this;
    try {
      const record = await this.#repository.read();
      const isNewer = record !== undefined && record.generation > this.#unusable;
      if (isNewer && logouts === this.#logouts) this.#adopt(record, 0);
    } catch {
      // Whoever waits is told by the login itself.
    }
  }

  async #adoptRenewOrLogIn(validUntil: number, began: number): Promise<CurrentSession> {
    const seen = await this.#repository.read();
    // What was read before a logout is not adopted after it, and nobody is logged in by a call that began before it.
    if (began !== this.#logouts) throw loggedOut();
    this.#unusable = seen?.generation ?? 0;
    const adopted = seen === undefined ? undefined : this.#adopt(seen, validUntil);
    if (adopted !== undefined) return adopted;
    const early = this.#failures.refusal;
    if (early !== undefined) {
      // No login now, so what was doubted is the session that there is: the next call uses it again.
      this.#doubt.generation = 0;
      throw early;
    }
    try {
      const logIn = (record: AccountRecord, turn: AccountTurn) => this.#logIn(record, turn, validUntil);
      return await this.#firstComer("unattended", validUntil, logIn, began);
    } catch (error) {
      if (isBrokerAuthError(error)) this.#failures.tell(error, this.#repository.latest);
      throw error;
    }
  }

  async #logIn(record: AccountRecord, turn: AccountTurn, validUntil: number): Promise<CurrentSession> {
    const adopted = this.#adopt(record, validUntil);
    if (adopted !== undefined) return adopted;
    if (validUntil !== 0) this.#requirePause(record, validUntil);
    const onDoubt = this.#doubt.isAbout(record);
    const noted = onDoubt ? await this.#doubt.note(record) : record;
    await this.#login.unattended(noted, turn, { extends: validUntil !== 0, onDoubt });
    this.#failures.hurry();
    if (this.#current === undefined) throw new BrokerAuthError("needs_input", "the login waits for a person");
    const { session } = this.#current;
    if (onDoubt && (await this.probe(session)) === "alive") await this.#doubt.settle(session.generation);
    return this.#current;
  }

  async #endSession(record: AccountRecord): Promise<void> {
    this.#logouts += 1;
    this.#current = undefined;
    if (record.revision === 0) return;
    await this.#repository.update(
      (now) => ({ ...now, session: undefined, renewal: undefined, pending: undefined }),
      record,
    );
    if (record.session === undefined) return;
    this.#emit({ type: "session_ended", generation: record.generation, reason: "logout" });
    const { provider, credentials } = this;
    try {
      const session = restoreSession(record, provider, this.name, "store");
      if (session !== undefined) await provider.revoke?.(session, credentials, this.#readContext(record));
    } catch {
      // Here the session is gone in any case; there it ends at its own time.
      this.#emit({
        type: "warning",
        code: "logout_unconfirmed",
        message: "the broker did not confirm the logout; its session ends by itself",
      });
    }
  }

  // Whoever asks for a little more time with every call must not cost a login with every call.
  #requirePause(record: AccountRecord, validUntil: number): void {
    const live = this.#adopt(record, 0);
    if (live === undefined) return;
    const sinceMs = elapsedMs(record.extendedAt ?? -Infinity, this.#clock.moment(record.clock));
    if (sinceMs >= extensionPauseMs) return;
    throw tooShort(validUntil, live.session.expiresAt).with({
      retryAfterMs: extensionPauseMs - sinceMs,
      action: "Use the session as it is; one is minted for validUntil once in ten minutes at most.",
    });
  }

  #adopt(record: AccountRecord, validUntil: number): CurrentSession | undefined {
    this.#recordedClock = record.clock;
    const session = restoreSession(record, this.provider, this.name, "store");
    if (session === undefined || !this.#lives(session) || !reaches(session, validUntil)) return undefined;
    if (session.generation === this.#doubt.generation) return undefined;
    if (this.#current?.session.generation === session.generation) return this.#current;
    return this.#take(session, record);
  }

  /** @param acquired it is what the acquisition under way has come to itself, which ends it when it is through */
  #take(session: AccountSession, record: AccountRecord, acquired = false): CurrentSession {
    this.#recordedClock = record.clock;
    this.#current = new CurrentSession(session, this.provider, this.credentials);
    this.#failures.forget();
    const arrives = !acquired && session.generation > this.#unusable && reaches(session, this.#acquiring?.aim ?? 0);
    if (arrives) this.#arrive?.(this.#current);
    const { obtainedBy, generation, expiresAt } = session;
    this.#emit({ type: "session", obtainedBy, generation, expiresAt });
    return this.#current;
  }

  #isUsable({ session, generation, clock }: AccountRecord): boolean {
    this.#recordedClock = clock;
    return session !== undefined && generation !== this.#doubt.generation && this.#lives(session);
  }

  #lives(session: Pick<AccountSession, "issuedAt" | "expiresAt">): boolean {
    return session.expiresAt - expiryMarginMs(session) > this.now();
  }

  #readContext(record: AccountRecord): ProviderContext {
    return {
      fetch: this.#clock.listening(this.#platform.fetch),
      now: () => this.now(),
      knowTime: async () => undefined,
      sleep: (ms, signal) => this.#platform.sleep(ms, signal),
      askSource: async (source) => source(),
      attended: false,
      signal: this.#closed,
      deviceId: new Secret(record.deviceId),
      lastTotpStep: newestBar(record.ledger.totp, { present: Math.floor(this.now() / totpPeriodMs), measured: false }),
      recordAttempt: async (attempt) => {
        throw new BrokerAuthError("protocol_error", `${attempt.step}: a call that spends a factor must run as a login`);
      },
    };
  }

  /** Logs in, unless another login comes first: then the session that this one brought is the result. */
  async #firstComer<Result>(
    kind: LockedWork,
    aim: number,
    work: (record: AccountRecord, turn: AccountTurn) => Promise<Result>,
    began = this.#logouts,
  ): Promise<Result | CurrentSession> {
    for (let tries = 1; ; tries++) {
      let found: number | undefined;
      const noted = (record: AccountRecord, turn: AccountTurn): Promise<Result> => {
        found = record.generation;
        return work(record, turn);
      };
      try {
        return await this.#lock.run(noted, kind, began);
      } catch (error) {
        const brought = await this.#brought(error, aim, found).catch(() => undefined);
        if (brought !== undefined) return brought;
        if (!wasWaiting(error) || tries >= mostRestarts) throw error;
      }
    }
  }

  /**
   * The session that another login has brought.
   * @param found the generation that the record had when the login began
   * @throws the error itself, where it is another one or there is no session
   */
  async #brought(error: unknown, aim: number, found = Infinity): Promise<CurrentSession> {
    const code = isBrokerAuthError(error) ? error.code : undefined;
    // A clock that is far off may have taken a session for one that is over.
    const busy = code === "store_busy" || code === "clock_skew";
    const { logouts } = this;
    const record = busy || harmless.has(code) ? await this.#repository.read() : undefined;
    const isOthers = record !== undefined && logouts === this.#logouts && (busy || record.generation > found);
    const adopted = isOthers ? this.#adopt(record, aim) : undefined;
    if (adopted === undefined) throw error;
    return adopted;
  }

  // Named, and not beyond the engine's end: what goes on after that is nobody's.
  async #settled<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await abortable(work, this.#closed, engineClosed);
    } catch (error) {
      throw this.named(error);
    }
  }
}

function given({ session }: CurrentSession): LoginProgress {
  return { kind: "session", session };
}

function engineClosed(): BrokerAuthError {
  return new BrokerAuthError("aborted", "the engine was closed while this was under way", {
    action: "Create a new engine.",
  });
}
