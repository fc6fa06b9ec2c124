import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { defaultFetch } from "../adapter-kit/sending-fetch.ts";

/** Time as the engine meets it. */
export interface Clock {
  /** Epoch milliseconds. Default `Date.now`. */
  now(): number;
  /** Rejects with `aborted` when the signal fires first. Default: a timer. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Milliseconds by a clock that nobody sets: it shows whether `now` was set meanwhile. Default `performance.now`; where `now` alone is replaced,
   * its time is taken as unbroken.
   */
  monotonic(): number;
}

/** What can be replaced of the platform, for tests or for a fetch of the user's own. */
export interface PlatformOptions {
  /** A standard fetch. Default `globalThis.fetch`, looked up with each use. */
  readonly fetch?: typeof fetch;
  /** Default: the platform's own, part by part. */
  readonly clock?: Partial<Clock>;
  /** A number from 0 up to 1, for jitter only. Default `Math.random`. */
  readonly random?: () => number;
}

/** All that the engine uses of the world outside. */
export interface Platform extends Clock {
  readonly fetch: typeof fetch;
  random(): number;
}

export function platformOf({ fetch, clock = {}, random }: PlatformOptions): Platform {
  return {
    fetch: fetch ?? defaultFetch,
    now: clock.now === undefined ? () => Date.now() : () => clock.now!(),
    monotonic: monotonicOf(clock),
    sleep: clock.sleep === undefined ? sleep : (ms, signal) => clock.sleep!(ms, signal),
    random: random === undefined ? () => Math.random() : () => fraction(random),
  };
}

// Waits are made of it: one that is no number would never end, or never begin.
function fraction(random: () => number): number {
  try {
    const drawn: unknown = random();
    if (typeof drawn === "number" && drawn >= 0 && drawn < 1) return drawn;
  } catch {
    // Drawn by the platform then.
  }
  return Math.random();
}

function monotonicOf(clock: Partial<Clock>): () => number {
  if (clock.monotonic !== undefined) return () => clock.monotonic!();
  return clock.now === undefined ? () => performance.now() : () => clock.now!();
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
