import { BrokerAuthError, type LockOptions } from "@x/core";
import { aborted } from "./lock-waits.ts";

/** How long a caller may wait, and what ends its wait. */
export class LockWait {
  readonly #place: string;
  readonly #waitMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #needed: LockOptions["needed"];
  readonly #until: number;

  /** @throws BrokerAuthError `aborted` */
  constructor(place: string, { waitMs, signal, needed }: LockOptions) {
    this.#place = place;
    this.#waitMs = waitMs;
    this.#signal = signal;
    this.#needed = needed;
    this.#until = performance.now() + waitMs;
    this.requireWanted();
  }

  /** @throws BrokerAuthError `store_busy`, `aborted` */
  async until(event: Promise<void>): Promise<void> {
    let came = false;
    const noted = event.then(() => (came = true));
    for (;;) {
      await this.pause(Number.POSITIVE_INFINITY, noted);
      if (came) return;
      this.requireTime();
    }
  }

  /** Waits so many milliseconds, until the event, or to the end of the caller's time. @throws BrokerAuthError `aborted` */
  async pause(ms: number, event: Promise<unknown>): Promise<void> {
    const [ended, end] = deferred();
    const left = Math.max(this.#until - performance.now(), 0);
    // A timer cannot count further than this.
    const timer = setTimeout(end, Math.min(ms, left, 2 ** 31 - 1));
    this.#signal?.addEventListener("abort", end, { once: true });
    try {
      await Promise.race([event, ended]);
    } finally {
      clearTimeout(timer);
      this.#signal?.removeEventListener("abort", end);
    }
    this.requireWanted();
  }

  /** @throws BrokerAuthError `aborted` where its signal has fired */
  requireWanted(): void {
    if (this.#signal?.aborted) throw aborted();
  }

  /** Whether somebody else's work has come to what the lock is wanted for. @throws BrokerAuthError `aborted` where it has */
  async requireNeed(): Promise<void> {
    if (this.#needed === undefined) return;
    let needed = true;
    await this.until(this.#needed().then((told) => void (needed = told)));
    if (!needed) throw new BrokerAuthError("aborted", "nobody needs the account's lock any more");
  }

  /** @throws BrokerAuthError `store_busy` when the time is over, `aborted` */
  requireTime(): void {
    this.requireWanted();
    if (performance.now() < this.#until) return;
    throw new BrokerAuthError(
      "store_busy",
      `the account's lock in ${this.#place} was not free within ${this.#waitMs} ms`,
    );
  }
}

/** A promise and what resolves it. */
export function deferred(): readonly [promise: Promise<void>, resolve: () => void] {
  let keep: (() => void) | undefined;
  const promise = new Promise<void>((resolve) => (keep = resolve));
  return [promise, () => keep?.()];
}
