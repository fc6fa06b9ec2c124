import type { BrokerAuthError } from "../errors/broker-auth-error.ts";

const firstMs = 1_000;
const longestMs = 60_000;

/**
 * Spaces out automatic logins while the broker is away: 1 s, 2 s, 4 s … up to a minute, each shortened by up to half at random so that many
 * programs do not come back at once. A wait that the broker asks for is honoured. Kept per engine; only spends nothing, so it need not survive.
 */
export class Backoff {
  #failures = 0;
  #since = 0;
  #until = 0;
  #error: BrokerAuthError | undefined;

  /** The error of the last try while it is too early for the next one. */
  refusal(now: number): BrokerAuthError | undefined {
    // A clock that was set back must not prolong the wait.
    return now >= this.#since && now < this.#until
      ? this.#error?.with({ retryAfterMs: Math.ceil(this.#until - now) })
      : undefined;
  }

  /** @returns when the next try may be made; undefined where this failure is none that is waited after */
  failed(error: BrokerAuthError, now: number, random: number): number | undefined {
    if (error.code !== "broker_unavailable" && error.code !== "rate_limited") return undefined;
    const spanMs = Math.min(firstMs * 2 ** this.#failures, longestMs) * (1 - random / 2);
    this.#failures += 1;
    this.#since = now;
    this.#until = now + Math.max(spanMs, error.retryAfterMs ?? 0);
    this.#error = error;
    return this.#until;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#until = 0;
    this.#error = undefined;
  }
}
