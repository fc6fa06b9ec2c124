import { SandboxError } from "./sandbox-error.ts";

/** The time at the brokers. It runs at the speed of its source and can be moved either way. */
export interface SandboxClock {
  /** Epoch milliseconds at the brokers. */
  readonly now: () => number;
  /** Moves the clock to this moment; it runs on from there. */
  set(at: number): void;
  /** Moves the clock by so many milliseconds, backwards if negative. */
  advance(ms: number): void;
  /** How far the clock is ahead of its source, in milliseconds. */
  readonly offsetMs: number;
}

export interface SandboxClockOptions {
  /** The source, epoch milliseconds. Default: the host clock. A constant gives a clock that stands still until it is moved. */
  readonly now?: (() => number) | undefined;
  /** Where the clock starts, epoch milliseconds. Default: what the source says. */
  readonly startAt?: number | undefined;
}

/** A movable clock. @throws SandboxError bad_option for a moment that is not a finite number. */
export function createSandboxClock(options: SandboxClockOptions = {}): SandboxClock {
  const source = options.now ?? Date.now;
  let offsetMs = 0;
  const clock: SandboxClock = {
    now: () => source() + offsetMs,
    set(at) {
      offsetMs = finite(at, "set") - source();
    },
    advance(ms) {
      offsetMs += finite(ms, "advance");
    },
    get offsetMs() {
      return offsetMs;
    },
  };
  if (options.startAt !== undefined) clock.set(options.startAt);
  return clock;
}

function finite(value: number, what: string): number {
  if (Number.isFinite(value)) return value;
  throw new SandboxError("bad_option", `The clock cannot ${what} to ${String(value)}; give milliseconds as a number.`);
}
