import { appendFileSync, statSync } from "node:fs";

/**
 * A clock that several processes share and that stands still until one of them sleeps on it: so a login that waits for the next TOTP step costs no
 * real time. Its time is the start plus one second for every byte of a file: appending is atomic between processes, and looking is one call.
 */
export interface SharedClock {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly advance: (ms: number) => void;
}

/** @param file has to be there */
export function sharedClock(file: string, startAt: number): SharedClock {
  const advance = (ms: number): void => appendFileSync(file, ".".repeat(Math.ceil(ms / 1_000)));
  return {
    now: () => startAt + statSync(file).size * 1_000,
    sleep: async (ms) => advance(ms),
    advance,
  };
}
