import type { AccountRecord } from "../record/account-record.ts";
import { acceptAttempt, type AttemptLedger, type OpenAttempt } from "../record/attempt-ledger.ts";
import { openAttempt } from "../record/attempt-opening.ts";
import { type SpentCode } from "../record/attempt-opening.ts";
import { settleAttempt, withdrawRecovery } from "../record/attempt-settlement.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import { errorCodes } from "../errors/error-codes.ts";
import type { BrokerClock } from "./broker-clock.ts";
import { doubted } from "./clock-offset.ts";
import { abortable } from "./abortable.ts";
import type { AccountTurn } from "./account-turn.ts";
import { withinTime } from "../record/deadline.ts";
import type { CredentialPrints } from "../record/credential-prints.ts";
import { randomText } from "../record/fingerprint.ts";
import type { Attempt, Factor, ProviderContext, WaitReason } from "../contract/provider-context.ts";
import { withNextStep } from "./next-step.ts";
import { overtaken } from "./overtaken.ts";
import { unlessOvertaken } from "./overtaken-wait.ts";
import { Secret } from "../contract/secret.ts";
import { isOpenToPrograms, isUnused, newestBar, type StepTime, totpPeriodMs } from "../adapter-kit/totp-steps.ts";
import { hasTimedHold } from "./timed-holds.ts";
import { withSms } from "../record/sms-limit.ts";
import type { AccountRepository } from "../record/account-repository.ts";
import type { Platform } from "./platform.ts";
import { isMarkedUnsent } from "../adapter-kit/unsent-failure.ts";

export interface AttemptRunOptions extends CredentialPrints {
  readonly repository: AccountRepository;
  readonly platform: Platform;
  readonly signal: AbortSignal;
  /** The record as read under the account's lock, which the caller holds. */
  readonly record: AccountRecord;
  /** Nobody is there: no SMS is sent, and what is refused blocks. */
  readonly automatic: boolean;
  /** The first TOTP code of a new record waits for the next time step. */
  readonly firstWaits: boolean;
  /** It sets up TOTP, or ends it: its codes are of a secret that is not configured. */
  readonly enrolment?: boolean | undefined;
  readonly clock: BrokerClock;
  /** What is taken for the difference of the clocks where nothing recent is known. */
  readonly assumed?: AccountRecord["clock"];
  /** Asks the broker for its time, where nothing recent is known. */
  readonly askTime: (record: AccountRecord) => Promise<void>;
  /** The broker can be asked for its time. */
  readonly tellsTime: boolean;
  /** The account's lock, which is given up while the run waits. */
  readonly turn: AccountTurn;
  /** Told what the run waits for, and until when by the host's clock. */
  readonly waiting: (reason: WaitReason, until?: number) => void;
  /**
   * Looks at the record as it is after a wait, and gives it back as the run has to go on with.
   * @throws why the run may not go on
   */
  readonly resume: (record: AccountRecord) => Promise<AccountRecord>;
  /** Why the run may not begin, by the record as it is at the moment in which its first factor is written down. */
  readonly hold: (record: AccountRecord) => BrokerAuthError | undefined;
}

// A source that answers at once is not worth giving the lock up for.
const promptMs = 50;
// A code lives this long, so a later one is of no use.
const sourceLimitMs = 30_000;

/** One run of a provider's steps in which every attempt is written down before it leaves. */
export class AttemptRun {
  readonly context: ProviderContext;
  readonly #options: AttemptRunOptions;
  readonly #owner = randomText(9);
  // One number for a run: a change may be applied several times.
  readonly #random: number;
  #record: AccountRecord;
  readonly #sent = new Set<Factor>();
  #foreign = false;
  #firstStep: number | undefined;
  #spent = false;
  #sentAt: number | undefined;
  #spentAt = 0;
  #unsent = false;

  constructor(options: AttemptRunOptions) {
    const { platform, signal, record, clock, assumed, askTime } = options;
    const lastTotpStep = (): number => this.#lastTotpStep();
    this.#options = options;
    this.#record = record;
    this.#random = platform.random();
    this.context = {
      fetch: clock.listening(platform.fetch),
      now: () => platform.now() + ((clock.known(this.#record.clock) ?? assumed)?.offsetMs ?? 0),
      knowTime: () => askTime(this.#record),
      sleep: (ms, given, reason) =>
        this.#unlocked(
          (needless) => platform.sleep(ms, given === undefined ? needless : AbortSignal.any([given, needless])),
          reason,
          platform.now() + Math.max(ms, 0),
        ),
      askSource: (source) => this.#askSource(source),
      attended: !options.automatic,
      signal,
      deviceId: new Secret(record.deviceId),
      get lastTotpStep() {
        return lastTotpStep();
      },
      recordAttempt: (attempt) => this.#recordAttempt(attempt),
    };
  }

  /** Broker time at which the last factor was about to leave; undefined while none was. */
  get sentAt(): number | undefined {
    return this.#sentAt;
  }

  /** The broker's time as well as it is known: moments in the record are compared by programs of hosts whose clocks differ. */
  now(): number {
    return this.#options.clock.moment(this.#record.clock);
  }

  /** Fingerprint of the configured set, where all of it was sent and nothing else: a session that came of it proves the set. */
  get proof(): string | undefined {
    const { set, configured } = this.#options;
    return !this.#foreign && Object.keys(configured).every((factor) => this.#sent.has(factor as Factor))
      ? set
      : undefined;
  }

  /**
   * Before a renewal, which may spend no factor, and then writes nothing down before it leaves.
   * @throws why the run may not begin, by the broker's time
   */
  async requireFree(): Promise<void> {
    await this.#knowMoment();
    const held = this.#options.hold(this.#record);
    if (held !== undefined) throw held;
  }

  /** Saves a change together with the settled ledger. */
  async save(change: (record: AccountRecord) => AccountRecord): Promise<AccountRecord> {
    const { repository, clock } = this.#options;
    this.#record = await repository.update(
      (record) => ({ ...change(record), clock: clock.own ?? record.clock }),
      this.#record,
    );
    return this.#record;
  }

  /**
   * Settles the ledger by the error that ended the run, and gives the error as it is to be told. Nothing to do where nothing was spent. A store
   * that fails now must not hide what the broker said, nor let it be forgotten: the change is deferred, and made with the next one.
   */
  async fail(error: BrokerAuthError): Promise<BrokerAuthError> {
    if (!this.#spent) return error;
    const before = this.#record.ledger;
    const clock = this.#clockAfter(error);
    this.#unsent ||= isMarkedUnsent(error);
    const settle = (record: AccountRecord): AccountRecord => {
      if (record.ledger.open?.owner !== this.#owner) return this.#late(record, error);
      // What was refused or got lost ends a pending login; an attempt that never left keeps it good for another try.
      const pending = error.code === "broker_unavailable" || error.code === "rate_limited" ? record.pending : undefined;
      const ledger = this.#unsent ? acceptAttempt(record.ledger) : this.settled(record.ledger, error);
      return { ...record, pending: this.#unsent ? record.pending : pending, clock: clock(record), ledger };
    };
    let after = settle(this.#record);
    try {
      after = await this.#options.repository.update(settle, this.#record);
    } catch {
      this.#options.repository.defer(settle);
    }
    return withNextStep(error, before, after.ledger, this.now());
  }

  // A code that was refused may have been made with a wrong idea of the broker's time, so that is measured anew. The answer itself has most
  // likely told it.
  #clockAfter(error: BrokerAuthError): (record: AccountRecord) => AccountRecord["clock"] {
    const { clock } = this.#options;
    const refusedCode = this.#record.ledger.open?.factor === "totp" && errorCodes[error.code].attempt === "refused";
    const stale = refusedCode && !clock.measuredSince(this.#spentAt);
    if (stale) clock.forget();
    return (record) => (stale ? doubted(record.clock) : (clock.own ?? record.clock));
  }

  // The lock was lost, and the next holder has counted the attempt as one without an answer. The broker's no is kept all the same.
  #late(record: AccountRecord, error: BrokerAuthError): AccountRecord {
    if (this.#unsent) return this.#withdrawn(record, this.#record.ledger);
    const { record: begun, set } = this.#options;
    const { open } = this.#record.ledger;
    const refused = open?.owner === this.#owner && errorCodes[error.code].attempt === "refused";
    if (!refused || record.fingerprintKey !== begun.fingerprintKey) return record;
    const ledger = { ...this.settled({ ...record.ledger, open }, error), open: record.ledger.open };
    if (record.generation === begun.generation) return { ...record, ledger };
    const { proved, block } = record.ledger;
    // Another login has come through meanwhile: with the same credentials it proves them right, and else nobody but these is stopped.
    return set !== undefined && proved === set ? record : { ...record, ledger: { ...ledger, proved, block } };
  }

  // Counted by the next holder as an attempt without an answer, and it has never left.
  #withdrawn(record: AccountRecord, opened: AttemptLedger): AccountRecord {
    const { generation, fingerprintKey } = this.#options.record;
    const known = record.generation === generation && record.fingerprintKey === fingerprintKey;
    if (!known || opened.open?.owner !== this.#owner) return record;
    return { ...record, ledger: withdrawRecovery(record.ledger, opened) };
  }

  settled(ledger: AttemptLedger, error: BrokerAuthError): AttemptLedger {
    const { clock, tellsTime, firstWaits } = this.#options;
    // Another code would be made by the same wrong clock. And where no other program can have used this one, it is the secret that was never right.
    const timeless = !tellsTime && clock.own === undefined;
    const finalCode = timeless || (firstWaits && ledger.open?.proved !== true);
    return settleAttempt(ledger, error, { now: this.now(), random: this.#random, finalCode });
  }

  // What this run has written down as about to leave is taken back for the wait: another holder would count it as an attempt of a dead process.
  async #unlocked<Result>(
    wait: (needless: AbortSignal) => Promise<Result>,
    reason?: WaitReason,
    until?: number,
  ): Promise<Result> {
    const { turn, repository, signal, waiting, resume } = this.#options;
    const { open } = this.#record.ledger;
    const mine = this.#owns(this.#record) ? open : undefined;
    if (mine !== undefined) await this.save((record) => (this.#owns(record) ? withOpen(record, undefined) : record));
    if (reason !== undefined) waiting(reason, until);
    const began = this.#options.record.generation;
    const result = await turn.without(() =>
      unlessOvertaken(repository, began, (needless) => abortable(wait(needless), signal)),
    );
    this.#record = await resume(await repository.open());
    if (mine !== undefined) await this.save((record) => withOpen(record, mine));
    return result;
  }

  #lastTotpStep(): number {
    const { firstWaits, enrolment, configured } = this.#options;
    const { totp } = this.#record.ledger;
    const time = this.#stepTime();
    // Another program may have used the present step, which this record knows nothing of.
    if (firstWaits && !enrolment && isUnused(totp)) return (this.#firstStep ??= time.present);
    // The next code of a source is another one than its last: that is known by the code itself.
    return newestBar(totp, time, configured.totp === undefined ? 0 : 1);
  }

  #stepTime(): StepTime {
    const { clock } = this.#options;
    const measured = clock.known(this.#record.clock) !== undefined;
    return { present: Math.floor(this.context.now() / totpPeriodMs), measured };
  }

  async #spentCode({ answer, code, totpStep }: Attempt): Promise<SpentCode | undefined> {
    if (totpStep === undefined) return undefined;
    const given = answer ?? code;
    const print = given === undefined ? undefined : await this.#options.fingerprint("totp", given);
    return { ...this.#stepTime(), step: totpStep, code: print };
  }

  #owns({ ledger }: AccountRecord): boolean {
    return ledger.open?.owner === this.#owner;
  }

  async #askSource(source: () => string | Promise<string>): Promise<string> {
    const { platform, signal } = this.#options;
    const late = (): BrokerAuthError =>
      new BrokerAuthError(
        "needs_input",
        `the TOTP code source gave no code within ${sourceLimitMs / 1000} s; nothing was sent`,
        { challenge: "totp", action: "See what holds up the source of the code." },
      );
    const answer = withinTime(source, sourceLimitMs, late, signal);
    answer.catch(() => undefined);
    const slow = Symbol("slow");
    const prompt = withinTime(
      () => answer,
      promptMs,
      () => slow,
    );
    try {
      return await prompt;
    } catch (reason) {
      if (reason !== slow) throw reason;
    }
    return this.#unlocked(() => answer, "code_source", platform.now() + sourceLimitMs - promptMs);
  }

  // A pause that is over by a clock that is off is not over, and neither is a session. Whoever makes a code knows the time by now; a renewal has
  // not asked for it.
  async #knowMoment(): Promise<void> {
    const { automatic, clock, askTime, platform } = this.#options;
    const { session, clock: recorded } = this.#record;
    if (this.#spent || clock.knowsMoment(recorded)) return;
    const held = automatic && hasTimedHold(this.#record, platform.now());
    if (!held && !clock.mayHaveErred(session?.expiresAt)) return;
    try {
      await askTime(this.#record);
    } catch (error) {
      // How far it is off is known now, and no code is made by it.
      if (!isBrokerAuthError(error) || error.code !== "clock_skew") throw error;
    }
  }

  async #recordAttempt(attempt: Attempt): Promise<void> {
    const { automatic, configured, platform, set, repository, signal, enrolment, turn } = this.#options;
    turn.requireHeld();
    await this.#knowMoment();
    if (automatic && attempt.factor === "sms") {
      throw new BrokerAuthError("needs_input", "this login sends an SMS, and nobody is there to read it", {
        challenge: "otp",
        step: attempt.step,
      });
    }
    const answered =
      attempt.answer === undefined ? undefined : await this.#options.fingerprint(attempt.factor, attempt.answer);
    const fingerprint = answered ?? configured[attempt.factor];
    const code = await this.#spentCode(attempt);
    const ofConfiguration = answered === undefined && fingerprint !== undefined;
    const opened: OpenAttempt = {
      owner: this.#owner,
      factor: attempt.factor,
      step: attempt.step,
      at: this.now(),
      ...(fingerprint === undefined ? {} : { fingerprint }),
      configured: ofConfiguration,
      ...(attempt.from === "source" ? { source: true } : {}),
      automatic,
      ...(enrolment ? { enrolment } : {}),
    };
    const sms = attempt.factor === "sms";
    const written = (record: AccountRecord): AccountRecord => {
      const { open } = record.ledger;
      // The lock was lost to another process, which went on with a login of its own: that one goes first.
      const { generation, fingerprintKey } = this.#options.record;
      const foreign = record.generation !== generation || record.fingerprintKey !== fingerprintKey;
      if (foreign || (open !== undefined && open.owner !== this.#owner)) {
        throw overtaken();
      }
      // It was free when this run looked, so the lock was lost: another program has made a code in it. The login begins again.
      const isOpen = ({ ledger: { totp } }: AccountRecord): boolean =>
        code === undefined || isOpenToPrograms(totp, code.step, code);
      if (ofConfiguration && !isOpen(record) && isOpen(this.#record)) throw overtaken(true);
      // Somebody may have tried since this run began, while it waited for a time step.
      const held = this.#spent ? undefined : this.#options.hold(record);
      if (held !== undefined) throw held;
      const proved = ofConfiguration && set !== undefined && record.ledger.proved === set;
      return {
        ...record,
        clock: this.#options.clock.own ?? record.clock,
        ledger: openAttempt(record.ledger, { ...opened, ...(proved ? { proved } : {}) }, code),
        smsSentAt: sms ? withSms(record.smsSentAt, this.now(), attempt.messages ?? 1) : record.smsSentAt,
      };
    };
    try {
      this.#record = await repository.update(written, this.#record);
      if (!this.#spent) await repository.requireKept();
    } catch (error) {
      // It may have been written all the same. Nothing leaves now, so it must not count. Where another program has counted it by then, that stands:
      // nobody can tell it from an attempt of that program's own.
      repository.defer((record) => (this.#owns(record) ? withOpen(record, undefined) : record));
      throw error;
    }
    this.#spent = true;
    if (ofConfiguration) this.#sent.add(attempt.factor);
    else this.#foreign = true;
    this.#sentAt = this.context.now();
    this.#spentAt = platform.monotonic();
    // Where the engine was closed or the lock lost meanwhile, the request does not leave, and that must not count as an attempt without an answer.
    this.#unsent = true;
    if (signal.aborted)
      throw new BrokerAuthError("aborted", `${attempt.step}: ended before it was sent`, { step: attempt.step });
    turn.requireHeld();
    this.#unsent = false;
  }
}

function withOpen(record: AccountRecord, open: AttemptLedger["open"]): AccountRecord {
  return { ...record, ledger: { ...record.ledger, open } };
}
