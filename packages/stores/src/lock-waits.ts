import { BrokerAuthError, type Lock, type LockOptions } from "@x/core";
import { closedMeanwhile } from "./closed-meanwhile.ts";

/**
 * The waits for locks of one store. Each ends at once with its caller's signal, and with its store, whatever it is about: a server that is silent, or
 * a question whether it is still needed. A lock that comes after that is let go.
 */
export class LockWaits {
  readonly #place: string | undefined;
  readonly #ends = new Set<(error: BrokerAuthError) => void>();

  constructor(place: string | undefined) {
    this.#place = place;
  }

  /** @param take is given a signal that fires in both cases */
  async during(options: LockOptions, take: (options: LockOptions) => Promise<Lock>): Promise<Lock> {
    const { signal } = options;
    if (signal?.aborted) throw aborted();
    const over = new AbortController();
    const ended = Promise.withResolvers<never>();
    const end = (error: BrokerAuthError): void => {
      ended.reject(error);
      over.abort();
    };
    const abort = (): void => end(aborted());
    signal?.addEventListener("abort", abort, { once: true });
    this.#ends.add(end);
    const taken = take({ ...options, signal: over.signal });
    try {
      return await Promise.race([ended.promise, taken]);
    } catch (error) {
      taken.then((lock) => lock.release()).catch(() => undefined);
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#ends.delete(end);
    }
  }

  /** Ends all of them. */
  close(): void {
    for (const end of this.#ends) end(closedMeanwhile(this.#place));
  }
}

/** What a wait fails with that was ended by its signal. */
export function aborted(): BrokerAuthError {
  return new BrokerAuthError("aborted", "the wait for the account's lock was ended by its signal");
}
