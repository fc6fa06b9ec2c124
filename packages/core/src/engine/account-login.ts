import { unanswered } from "./login-handlers.ts";
import type { AccountRecord } from "../record/account-record.ts";
import { type AccountSession, restoreSession } from "./account-session.ts";
import {
  acceptEnrolment,
  type AttemptLedger,
  type ConfiguredFactors,
  hasFurtherTry,
  isWaitedOut,
  unlockLedger,
} from "../record/attempt-ledger.ts";
import type { AccountTurn } from "./account-turn.ts";
import { adapterError } from "../errors/adapter-error.ts";
import { attemptOutcome } from "../record/attempt-outcome.ts";
import { AttemptRun, type AttemptRunOptions } from "./attempt-run.ts";
import { recoverAttempt } from "../record/attempt-settlement.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAuthEventFacts } from "./broker-event.ts";
import type { Answer, Challenge } from "../contract/challenge.ts";
import { type BrokerClock, withoutAnswer } from "./broker-clock.ts";
import { evictionHold, evictionHoldError } from "./eviction.ts";
import { doubted } from "./clock-offset.ts";
import { credentialPrints } from "../record/credential-prints.ts";
import type { ProviderContext } from "../contract/provider-context.ts";
import {
  automaticHold,
  automaticHoldError,
  interactiveHoldError,
  type LoginHold,
  lockHold,
} from "../record/login-hold.ts";
import type { LoginProgress } from "./login-progress.ts";
import { type LoginRun, runLogin } from "./login-run.ts";
import type { LoginStep } from "../contract/login-step.ts";
import { mintingHold } from "./minting-limit.ts";
import { overtaken } from "./overtaken.ts";
import type { AccountIdentity, BrokerAuthProvider } from "../contract/provider.ts";
import { Secret } from "../contract/secret.ts";
import type { AccountRepository } from "../record/account-repository.ts";
import type { Platform } from "./platform.ts";
import { isKnownReadable } from "../adapter-kit/readable-answer.ts";
import { requireCheckedTls } from "../adapter-kit/unchecked-tls.ts";

export interface AccountLoginOptions {
  /** Whether the record's session can be used, as far as the time is known at this moment. */
  readonly lives: (record: AccountRecord) => boolean;
  readonly name: string;
  readonly provider: BrokerAuthProvider;
  readonly credentials: unknown;
  readonly identity: AccountIdentity;
  readonly program?: string | undefined;
  readonly repository: AccountRepository;
  readonly platform: Platform;
  readonly emit: (facts: BrokerAuthEventFacts) => void;
  readonly closed: AbortSignal;
  readonly clock: BrokerClock;
  /** For calls that spend nothing. */
  readonly readContext: (record: AccountRecord) => ProviderContext;
  /** Takes a session that was minted, and is saved already: by a login with nobody there, or by a person's. */
  readonly take: (session: AccountSession, record: AccountRecord, automatic: boolean) => void;
}

/** Why a session is minted although one is there: somebody wants it to live for longer, or nobody can tell whether it is dead. */
export type LoginAim = Pick<LoginRun, "extends" | "onDoubt">;

type LoginRunOptions = AttemptRunOptions & LoginAim;

type Hold = (
  ledger: AttemptLedger,
  configured: ConfiguredFactors,
  record: AccountRecord,
) => BrokerAuthError | undefined;

/**
 * What brings an account to a new session: renew, log in. Each method is given the record as it was read under the account's lock, which the
 * caller holds until it has settled.
 */
export class AccountLogin {
  readonly #options: AccountLoginOptions;

  constructor(options: AccountLoginOptions) {
    this.#options = options;
  }

  /** Without a person: to a session, or to the reason why none may be tried for. */
  async unattended(record: AccountRecord, turn: AccountTurn, aim: LoginAim): Promise<void> {
    const { clock, lives } = this.#options;
    const replaces = aim.extends === true || aim.onDoubt === true;
    const run = await this.#ready(record, turn, true, (ledger, configured, now) => {
      // It was over by this host's clock, and by the broker's, which was asked since, it is not.
      if (!replaces && lives(now)) return overtaken();
      const moment = clock.moment(now.clock);
      const { error } = mintingHold(now, moment) ?? {};
      return automaticHoldError(ledger, configured, moment) ?? evictionHoldError(now, moment) ?? error;
    });
    await this.#renewOrLogIn({ ...run, ...aim });
  }

  /** With a person at hand: to a session, or to the first challenge and the handle for its answer. */
  async begin(record: AccountRecord, turn: AccountTurn): Promise<LoginProgress> {
    const { identity, clock, lives } = this.#options;
    const begins = identity.asks.every((kind) => kind === "mpin");
    const sourced = begins && identity.factors.totp === undefined;
    const unasked = identity.asks.length === 0;
    const run = await this.#ready(record, turn, false, (ledger, configured, now) => {
      if (lives(now)) return overtaken();
      const moment = clock.moment(now.clock);
      const { error } = (unasked ? mintingHold(now, moment) : undefined) ?? {};
      return interactiveHoldError(ledger, configured, { unasked, begins, sourced }, moment) ?? error;
    });
    const joined = this.pending(run.record);
    if (joined === undefined) return this.#renewOrLogIn(run);
    if (joined.kind === "challenge") this.#options.emit({ type: "challenge", challenge: joined.challenge.kind });
    return joined;
  }

  /** The challenge of the pending login, where there is one that is still good: nothing is sent for it a second time. */
  pending(record: AccountRecord): LoginProgress | undefined {
    const { identity, platform } = this.#options;
    const { pending } = record;
    if (pending === undefined || !identity.asks.includes(pending.challenge.kind)) return undefined;
    const { challenge, handle, login } = pending;
    // What a challenge says of its own end is for display: the broker decides, and a person can ask for a new code.
    return login.expiresAt > platform.now() + this.#offsetMs(record)
      ? { kind: "challenge", challenge: this.#shown(challenge, record), handle }
      : undefined;
  }

  /** Goes on with the pending login of this handle. @throws BrokerAuthError `challenge_expired` for one that is not the record's */
  async answer(
    record: AccountRecord,
    turn: AccountTurn,
    { handle, answer }: { readonly handle: string; readonly answer: Answer },
  ): Promise<LoginProgress> {
    const { provider, credentials, repository } = this.#options;
    const { pending } = record;
    if (pending === undefined || pending.handle !== handle) {
      throw new BrokerAuthError(
        "challenge_expired",
        "this login is not known in this store: it was answered, superseded or given up, or begun on another store",
      );
    }
    // What the pending login says of its time was said by this clock, however long ago it was measured.
    const assumed = this.#options.clock.latest(record.clock);
    const run = { ...(await this.#ready(record, turn, false, lockHold)), assumed };
    try {
      return await this.#run(run, "login", (context) => provider.answer(pending.login, answer, credentials, context));
    } catch (error) {
      const repeated = await this.#repeated(error, run.record);
      if (repeated !== undefined) return repeated;
      if (isBrokerAuthError(error) && error.code === "challenge_expired") {
        await repository.update((now) => (now.pending?.handle === handle ? { ...now, pending: undefined } : now));
      }
      throw error;
    }
  }

  // The same wrong answer once more: nothing was sent for it, and the login waits for another one.
  async #repeated(error: unknown, before: AccountRecord): Promise<LoginProgress | undefined> {
    if (!isBrokerAuthError(error) || error.code !== "login_blocked") return undefined;
    const record = await this.#options.repository.read();
    const untouched = record?.revision === before.revision && lockHold(record.ledger) === undefined;
    const waiting = untouched ? this.pending(record) : undefined;
    return waiting?.kind === "challenge" ? { ...waiting, refused: error } : undefined;
  }

  /** Runs a call that spends factors outside a login, such as an enrolment. A program may have asked for it. */
  async attempt(
    record: AccountRecord,
    turn: AccountTurn,
    call: (context: ProviderContext) => Promise<void>,
  ): Promise<void> {
    const { clock } = this.#options;
    const run = await this.#ready(record, turn, false, (ledger, configured, now) =>
      enrolmentHold(ledger, configured, clock.moment(now.clock)),
    );
    const attempts = new AttemptRun({ ...run, enrolment: true });
    try {
      await call(attempts.context);
      await attempts.save((now) => ({ ...now, ledger: acceptEnrolment(now.ledger) }));
    } catch (error) {
      throw await attempts.fail(adapterError(error));
    }
  }

  /** Why no enrolment may begin now. Nothing is sent and nothing is written. */
  async attemptHold(record: AccountRecord): Promise<BrokerAuthError | undefined> {
    const { identity, clock } = this.#options;
    const { configured } = await credentialPrints(identity.factors, record.fingerprintKey);
    return enrolmentHold(record.ledger, configured, clock.moment(record.clock));
  }

  /** A person's word that the next attempt will succeed. An attempt that a dead process left open is counted before it, and not against it. */
  async unlock(record: AccountRecord): Promise<void> {
    await this.#options.repository.update(
      (now) => ({ ...now, clock: doubted(now.clock), ledger: unlockLedger(now.ledger) }),
      await this.#recovered(record),
    );
  }

  async #renewOrLogIn(ready: LoginRunOptions): Promise<LoginProgress> {
    const { provider, emit } = this.#options;
    const renewable = ready.record.renewal !== undefined && provider.renew !== undefined;
    if (!renewable) this.#requireAnswers(ready);
    await this.#requireReadableAnswers(ready.record);
    const renewed = await this.#renew(ready);
    if (renewed.progress !== undefined) return renewed.progress;
    this.#requireAnswers(ready);
    emit({ type: "login_started", by: "login" });
    return this.#logIn({ ...ready, record: renewed.record });
  }

  // Rung three. A TOTP code that was refused has one further try in a later time step, with the broker's time measured anew.
  async #logIn(run: LoginRunOptions): Promise<LoginProgress> {
    const { provider, credentials, repository } = this.#options;
    const begin = (context: ProviderContext): Promise<LoginStep<unknown>> => provider.begin(credentials, context);
    try {
      return await this.#run(run, "login", begin);
    } catch (error) {
      const record = await repository.read().catch(() => undefined);
      if (record === undefined || !hasFurtherTry(run.record.ledger, record.ledger)) throw error;
      try {
        return await this.#run({ ...run, record }, "login", begin);
      } catch (second) {
        // Where the further try never left, the refusal is what happened.
        throw isBrokerAuthError(second) && attemptOutcome(second) === "not_sent" ? error : second;
      }
    }
  }

  // Before anything is sent: a code that leads only to a question would be wasted.
  #requireAnswers({ automatic }: AttemptRunOptions): void {
    const { identity, name } = this.#options;
    const [asked] = automatic ? identity.asks : [];
    if (asked === undefined) return;
    throw unanswered(asked, undefined, asked === "mpin" ? `accounts.${name}.mpin` : undefined);
  }

  // Rung two. No progress where there is nothing to renew with, or what there was is over.
  async #renew(run: LoginRunOptions): Promise<{ progress?: LoginProgress; record: AccountRecord }> {
    const { provider, credentials, repository, emit } = this.#options;
    const { record } = run;
    if (record.renewal === undefined || provider.renew === undefined) return { record };
    // A renewal that got no clear answer may hide that the MPIN was refused. The code that goes before it in a login tells whether the broker
    // works at all.
    if (isWaitedOut(record.ledger, run.set)) return { record };
    emit({ type: "login_started", by: "renewal" });
    const renewal = { ...record.renewal, token: new Secret(record.renewal.token) };
    let spends = false;
    const step = async (context: ProviderContext): Promise<LoginStep<unknown>> => {
      const recordAttempt: ProviderContext["recordAttempt"] = (attempt) => {
        spends = true;
        return context.recordAttempt(attempt);
      };
      return provider.renew!(renewal, credentials, Object.create(context, { recordAttempt: { value: recordAttempt } }));
    };
    try {
      return { record, progress: await this.#run(run, "renewal", step) };
    } catch (error) {
      if (!isBrokerAuthError(error)) throw error;
      const isOver = error.code === "session_expired";
      // Its token may be used up, and no ledger bounds how often it would be tried: the next call logs in.
      const isLost = !spends && (error.code === "outcome_unknown" || error.code === "protocol_error");
      if (!isOver && !isLost) throw error;
      const forgotten = await repository.update((now) => ({ ...now, renewal: undefined }));
      if (isLost) throw error;
      return { record: forgotten };
    }
  }

  async #run(
    run: LoginRunOptions,
    obtainedBy: "login" | "renewal",
    step: (context: ProviderContext) => Promise<LoginStep<unknown>>,
  ): Promise<LoginProgress> {
    const { name, provider, credentials, program, take, emit } = this.#options;
    const lives: LoginRun["lives"] = async (session, context) => {
      try {
        return (await provider.probe?.({ ...session, generation: 0 }, credentials, context)) === "alive";
      } catch {
        return false;
      }
    };
    const result = await runLogin({ ...run, provider, obtainedBy, program, step, lives });
    if (result.kind === "challenge") {
      const { challenge, handle } = result.pending;
      emit({ type: "challenge", challenge: challenge.kind });
      return {
        kind: "challenge",
        challenge: this.#shown(challenge, result.record),
        handle,
        ...(result.refused === undefined ? {} : { refused: result.refused }),
      };
    }
    const session = restoreSession(result.record, provider, name, obtainedBy);
    if (session === undefined)
      throw new BrokerAuthError("store_busy", "another process ended the session while it was being saved");
    take(session, result.record, run.automatic);
    for (const warning of result.warnings) emit({ type: "warning", ...warning });
    return { kind: "session", session, ...(result.warnings.length === 0 ? {} : { warnings: result.warnings }) };
  }

  /** Why no login is tried without a person now; undefined when one may. */
  async hold(record: AccountRecord): Promise<LoginHold | undefined> {
    const { identity, clock } = this.#options;
    const { configured } = await credentialPrints(identity.factors, record.fingerprintKey);
    const now = clock.moment(record.clock);
    return automaticHold(record.ledger, configured, now) ?? evictionHold(record, now) ?? mintingHold(record, now);
  }

  /**
   * Fingerprints of what is configured, and an attempt that a dead process left open counted in.
   * @param hold why the run may not begin, or not go on after it has waited
   */
  async #ready(
    found: AccountRecord,
    turn: AccountTurn,
    automatic: boolean,
    hold: Hold = () => undefined,
  ): Promise<AttemptRunOptions> {
    const { identity, provider, repository, platform, closed, emit, clock } = this.#options;
    // The sandbox is on this machine, where certificates say nothing.
    if (identity.environment !== "sandbox") requireCheckedTls({ broker: provider.broker });
    const prints = await credentialPrints(identity.factors, found.fingerprintKey);
    const resume = async (record: AccountRecord): Promise<AccountRecord> => {
      if (record.generation !== found.generation || record.fingerprintKey !== found.fingerprintKey)
        throw overtaken(true);
      const ready = await this.#recovered(record);
      const held = hold(ready.ledger, prints.configured, ready);
      if (held !== undefined) throw held;
      return ready;
    };
    const record = await resume(found);
    const waiting: AttemptRunOptions["waiting"] = (reason, until) => emit({ type: "waiting", for: reason, until });
    const askTime = (now: AccountRecord): Promise<void> => this.#askTime(now);
    const firstWaits = identity.environment !== "sandbox";
    return {
      repository,
      platform,
      signal: closed,
      record,
      ...prints,
      automatic,
      firstWaits,
      clock,
      askTime,
      tellsTime: provider.serverTime !== undefined,
      turn,
      waiting,
      resume,
      hold: (now) => hold(now.ledger, prints.configured, now),
    };
  }

  #recovered(found: AccountRecord): Promise<AccountRecord> {
    const { repository, platform } = this.#options;
    const random = platform.random();
    return repository.update((now) => {
      const { open } = now.ledger;
      // The lock was lost, and the record was read anew: an attempt of somebody who lives is not counted as one of the dead, and a login now
      // would end the session that came meanwhile.
      const foreign = open !== undefined && open.owner !== found.ledger.open?.owner;
      if (foreign || now.generation !== found.generation) throw overtaken();
      return open === undefined ? now : { ...now, ledger: recoverAttempt(now.ledger, random) };
    }, found);
  }

  // A fetch of the user's own whose answers cannot be read would spend a factor and not show what came of it: something harmless is asked first.
  async #requireReadableAnswers(record: AccountRecord): Promise<void> {
    const { provider, credentials, platform, readContext, identity } = this.#options;
    const textsFirst = identity.asks[0] === "otp" && record.renewal === undefined;
    if (textsFirst || provider.serverTime === undefined || isKnownReadable(platform.fetch)) return;
    try {
      await provider.serverTime(credentials, readContext(record));
    } catch (error) {
      const ending = withoutAnswer(error);
      if (ending !== undefined) throw ending;
    }
  }

  async #askTime(record: AccountRecord): Promise<void> {
    const { provider, credentials, clock, readContext } = this.#options;
    if (provider.serverTime === undefined) return;
    await clock.ask(record.clock, async () => provider.serverTime!(credentials, readContext(record)));
  }

  // People look at their own clock.
  #shown(challenge: Challenge, record: AccountRecord): Challenge {
    // A copy: what a caller does to it does not reach the record.
    if (challenge.kind !== "otp" || challenge.expiresAt === undefined) return { ...challenge };
    return { ...challenge, expiresAt: challenge.expiresAt - this.#offsetMs(record) };
  }

  #offsetMs({ clock }: AccountRecord): number {
    return this.#options.clock.latest(clock)?.offsetMs ?? 0;
  }
}

// The MPIN is sent with nobody asked for it, and the codes are of a new secret.
function enrolmentHold(ledger: AttemptLedger, { mpin }: ConfiguredFactors, now: number): BrokerAuthError | undefined {
  const configured = mpin === undefined ? {} : { mpin };
  return interactiveHoldError(ledger, configured, { unasked: true, begins: true, sourced: false }, now);
}
