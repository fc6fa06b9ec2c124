import { BrokerAuthError } from "./broker-auth-error.ts";

/** The outside world as the engine meets it. Everything can be replaced; the defaults are the platform's own. */
export interface World {
  /** A standard fetch. Default `globalThis.fetch`. */
  readonly fetch: typeof fetch;
  /** Epoch milliseconds. Default `Date.now`. */
  now(): number;
  /** Rejects with `aborted` when the signal fires first. Default: a timer. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number from 0 up to 1, for jitter only. Default `Math.random`. */
  random(): number;
}

export function realWorld(given: Partial<World> = {}): World {
  return {
    fetch: given.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    now: given.now ?? (() => Date.now()),
    sleep: given.sleep ?? sleep,
    random: given.random ?? (() => Math.random()),
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(new BrokerAuthError("aborted", "the wait was ended by its signal"));
    };
    if (signal?.aborted) return reject(new BrokerAuthError("aborted", "the wait was ended by its signal"));
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
    return undefined;
  });
}
