import type { AccountContext } from "./account-context.ts";
import type { AccountRecord } from "../record/account-record.ts";
import type { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { Backoff } from "./backoff.ts";
import type { BrokerClock } from "./broker-clock.ts";
import { failureState } from "./failure-state.ts";

/** What listeners were told of an account's failures, and how long its next try has to wait. */
export class FailureNotice {
  readonly #context: AccountContext;
  readonly #clock: BrokerClock;
  readonly #backoff = new Backoff();
  /** What was told last, while nothing else has happened. */
  #state: string | undefined;
  #toldUntil: number | undefined;

  constructor(context: AccountContext, clock: BrokerClock) {
    this.#context = context;
    this.#clock = clock;
  }

  /** Why no login is tried yet. */
  get refusal(): BrokerAuthError | undefined {
    return this.#backoff.refusal(this.#context.platform.now());
  }

  /** Once for each change of state: a program that asks every second is not told every second. */
  tell(error: BrokerAuthError, record: AccountRecord | undefined): void {
    const { platform } = this.#context;
    const backOff = this.#backoff.failed(error, platform.now(), platform.random());
    const failure = failureState(error, record?.ledger, this.#clock.moment(record?.clock));
    const { state } = failure;
    const until = failure.until === undefined ? backOff : this.#clock.shown(failure.until, record?.clock);
    if (this.#state !== state) this.#context.emit({ type: "failed", code: error.code, message: error.message });
    this.#state = state;
    if (until === undefined || error.retryAfterMs === undefined || until === this.#toldUntil) return;
    this.#toldUntil = until;
    this.#context.emit({ type: "waiting", for: "retry_after", until });
  }

  /** A session is there, whoever has minted it. */
  forget(): void {
    this.#state = undefined;
  }

  /** The next login need not wait. */
  hurry(): void {
    this.#backoff.succeeded();
  }
}
