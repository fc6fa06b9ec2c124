import type { AccountParts } from "./account-parts.ts";
import type { AccountRecord } from "../record/account-record.ts";
import { restoreSession } from "./account-session.ts";
import { hasFurtherTry, isWaitedOut } from "../record/attempt-ledger.ts";
import type { AccountTurn } from "./account-turn.ts";
import { attemptOutcome } from "../record/attempt-outcome.ts";
import type { AttemptRunOptions } from "./attempt-run.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { Answer } from "../contract/challenge.ts";
import { interactiveHoldError, lockHold } from "../record/login-hold.ts";
import { unanswered } from "./login-handlers.ts";
import { prepareRun, requireReadableAnswers } from "./login-preparation.ts";
import type { LoginProgress } from "./login-progress.ts";
import { type LoginRun, runLogin } from "./login-run.ts";
import type { LoginStep } from "../contract/login-step.ts";
import { mintingHold } from "./minting-limit.ts";
import { overtaken } from "./overtaken.ts";
import { pendingChallenge, shownChallenge } from "./pending-challenge.ts";
import type { ProviderContext } from "../contract/provider-context.ts";
import { Secret } from "../contract/secret.ts";
import { unattendedHold } from "./unattended-hold.ts";

/** Why a session is minted although one is there: somebody wants it to live for longer, or nobody can tell whether it is dead. */
export type LoginAim = Pick<LoginRun, "extends" | "onDoubt">;

type LoginRunOptions = AttemptRunOptions & LoginAim;

/**
 * What brings an account to a new session: renew, log in. Each method is given the record as it was read under the account's lock, which the
 * caller holds until it has settled.
 */
export class AccountLogin {
  readonly #parts: AccountParts;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /** Without a person: to a session, or to the reason why none may be tried for. */
  async unattended(record: AccountRecord, turn: AccountTurn, aim: LoginAim): Promise<void> {
    const { clock, held } = this.#parts;
    const replaces = aim.extends === true || aim.onDoubt === true;
    const run = await prepareRun(this.#parts, record, turn, true, (now, configured) => {
      // It was over by this host's clock, and by the broker's, which was asked since, it is not.
      if (!replaces && held.isUsable(now)) return overtaken();
      return unattendedHold(now, configured, clock.moment(now.clock))?.error;
    });
    await this.#renewOrLogIn({ ...run, ...aim });
  }

  /** With a person at hand: to a session, or to the first challenge and the handle for its answer. */
  async begin(record: AccountRecord, turn: AccountTurn): Promise<LoginProgress> {
    const { context, clock, held } = this.#parts;
    const identity = context.identify();
    const begins = identity.asks.every((kind) => kind === "mpin");
    const sourced = begins && identity.factors.totp === undefined;
    const unasked = identity.asks.length === 0;
    const run = await prepareRun(this.#parts, record, turn, false, (now, configured) => {
      if (held.isUsable(now)) return overtaken();
      const moment = clock.moment(now.clock);
      const { error } = (unasked ? mintingHold(now, moment) : undefined) ?? {};
      return interactiveHoldError(now.ledger, configured, { unasked, begins, sourced }, moment) ?? error;
    });
    const joined = pendingChallenge(this.#parts, run.record);
    if (joined === undefined) return this.#renewOrLogIn(run);
    if (joined.kind === "challenge") context.emit({ type: "challenge", challenge: joined.challenge.kind });
    return joined;
  }

  /** Goes on with the pending login of this handle. @throws BrokerAuthError `challenge_expired` for one that is not the record's */
  async answer(
    record: AccountRecord,
    turn: AccountTurn,
    { handle, answer }: { readonly handle: string; readonly answer: Answer },
  ): Promise<LoginProgress> {
    const { context: account, repository, clock } = this.#parts;
    const { provider, credentials } = account;
    const { pending } = record;
    if (pending === undefined || pending.handle !== handle) {
      throw new BrokerAuthError(
        "challenge_expired",
        "this login is not known in this store: it was answered, superseded or given up, or begun on another store",
      );
    }
    // What the pending login says of its time was said by this clock, however long ago it was measured.
    const assumed = clock.latest(record.clock);
    const run = { ...(await prepareRun(this.#parts, record, turn, false, (now) => lockHold(now.ledger))), assumed };
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
    const record = await this.#parts.repository.read();
    const untouched = record?.revision === before.revision && lockHold(record.ledger) === undefined;
    const waiting = untouched ? pendingChallenge(this.#parts, record) : undefined;
    return waiting?.kind === "challenge" ? { ...waiting, refused: error } : undefined;
  }

  async #renewOrLogIn(ready: LoginRunOptions): Promise<LoginProgress> {
    const { context } = this.#parts;
    const renewable = ready.record.renewal !== undefined && context.provider.renew !== undefined;
    if (!renewable) this.#requireAnswers(ready);
    await requireReadableAnswers(this.#parts, ready.record);
    const renewed = await this.#renew(ready);
    if (renewed.progress !== undefined) return renewed.progress;
    this.#requireAnswers(ready);
    context.emit({ type: "login_started", by: "login" });
    return this.#logIn({ ...ready, record: renewed.record });
  }

  // Rung three. A TOTP code that was refused has one further try in a later time step, with the broker's time measured anew.
  async #logIn(run: LoginRunOptions): Promise<LoginProgress> {
    const { context: account, repository } = this.#parts;
    const { provider, credentials } = account;
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
    const { context } = this.#parts;
    const [asked] = automatic ? context.identify().asks : [];
    if (asked === undefined) return;
    throw unanswered(asked, undefined, asked === "mpin" ? `accounts.${context.name}.mpin` : undefined);
  }

  // Rung two. No progress where there is nothing to renew with, or what there was is over.
  async #renew(run: LoginRunOptions): Promise<{ progress?: LoginProgress; record: AccountRecord }> {
    const { context: account, repository } = this.#parts;
    const { provider, credentials } = account;
    const { record } = run;
    if (record.renewal === undefined || provider.renew === undefined) return { record };
    // A renewal that got no clear answer may hide that the MPIN was refused. The code that goes before it in a login tells whether the broker
    // works at all.
    if (isWaitedOut(record.ledger, run.set)) return { record };
    account.emit({ type: "login_started", by: "renewal" });
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
      const { generation, fingerprintKey, renewal: spent } = record;
      const forgotten = await repository.update((now) => {
        // The lock was lost, and another program has logged in: what it keeps is its own, and a login now would end its session.
        if (now.generation !== generation || now.fingerprintKey !== fingerprintKey)
          throw isLost ? error : overtaken(true);
        return now.renewal?.token === spent?.token ? { ...now, renewal: undefined } : now;
      });
      if (isLost) throw error;
      return { record: forgotten };
    }
  }

  async #run(
    run: LoginRunOptions,
    obtainedBy: "login" | "renewal",
    step: (context: ProviderContext) => Promise<LoginStep<unknown>>,
  ): Promise<LoginProgress> {
    const { context: account, held } = this.#parts;
    const { provider, credentials, engine } = account;
    const lives: LoginRun["lives"] = async (session, context) => {
      try {
        return (await provider.probe?.({ ...session, generation: 0 }, credentials, context)) === "alive";
      } catch {
        return false;
      }
    };
    const result = await runLogin({ ...run, provider, obtainedBy, program: engine.program, step, lives });
    if (result.kind === "challenge") {
      const { challenge, handle } = result.pending;
      account.emit({ type: "challenge", challenge: challenge.kind });
      return {
        kind: "challenge",
        challenge: shownChallenge(this.#parts, challenge, result.record),
        handle,
        ...(result.refused === undefined ? {} : { refused: result.refused }),
      };
    }
    const session = restoreSession(result.record, account, obtainedBy);
    if (session === undefined)
      throw new BrokerAuthError("store_busy", "another process ended the session while it was being saved");
    const taken = held.take(session, result.record);
    // What an acquisition has come to itself ends it when it is through; a person's login ends its wait.
    if (!run.automatic) held.arrived?.(taken);
    for (const warning of result.warnings) account.emit({ type: "warning", ...warning });
    return { kind: "session", session, ...(result.warnings.length === 0 ? {} : { warnings: result.warnings }) };
  }
}
