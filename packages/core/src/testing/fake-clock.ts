import { BrokerAuthError } from "../errors/broker-auth-error.ts";

/** A clock that moves only when told, or when somebody sleeps on it. */
export interface FakeClock {
  now(): number;
  /** Moves the clock on by `ms` at once, and resolves. Rejects with `aborted` when the signal has fired. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  set(epochMs: number): void;
  advance(ms: number): void;
  /** Every span that was slept, in milliseconds. */
  readonly sleeps: readonly number[];
}

/** @param startAt epoch milliseconds; default 2031-03-03 09:00:00 IST, a Monday before the market opens */
export function fakeClock(startAt: number = Date.UTC(2031, 2, 3, 3, 30)): FakeClock {
  let at = startAt;
  const sleeps: number[] = [];
  return {
    now: () => at,
    async sleep(ms, signal) {
      if (signal?.aborted) throw new BrokerAuthError("aborted", "the wait was ended by its signal");
      sleeps.push(ms);
      at += ms;
    },
    set(epochMs) {
      at = epochMs;
    },
    advance(ms) {
      at += ms;
    },
    sleeps,
  };
}
