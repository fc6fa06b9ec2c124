import type { RecordKey } from "@x/core";
import type { LeaseBell } from "./lease.ts";

// A short wait is looked after often; a long one ends at most an eighth later than it could.
const shortestPauseMs = 12;
const longestPauseMs = 250;
const shareOfWait = 1 / 8;
// A server that takes long has much to do, and part of it are looks: it is left alone for a multiple of what the last one took.
const timesTaken = 3;
const longestRestMs = 1_000;

/** Which of these locks are held now. */
export type LookAtLocks = (keys: readonly RecordKey[]) => Promise<ReadonlySet<RecordKey>>;

/**
 * Rings when a lock is free, because it looks: one statement for all that a program waits for, while it waits. A pooler of transactions passes on no
 * notifications, and a look of each waiter would keep the server busy with nothing else.
 */
export class PostgresBell implements LeaseBell {
  readonly looks = true;
  readonly #look: LookAtLocks;
  readonly #waiting = new Map<RecordKey, Set<() => void>>();
  #youngest = 0;
  #next: NodeJS.Timeout | undefined;
  #nextAt = Number.POSITIVE_INFINITY;
  #looking = false;
  #tookMs = 0;

  constructor(look: LookAtLocks) {
    this.#look = look;
  }

  listen(key: RecordKey, rung: () => void): () => void {
    const set = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, set.add(rung));
    this.#youngest = performance.now();
    this.#arm();
    return () => {
      set.delete(rung);
      if (set.size === 0 && this.#waiting.get(key) === set) this.#waiting.delete(key);
      if (this.#waiting.size === 0) this.#disarm();
    };
  }

  #arm(): void {
    if (this.#looking) return;
    const now = performance.now();
    const waited = now - this.#youngest;
    const restMs = Math.min(this.#tookMs * timesTaken, longestRestMs);
    const pauseMs = Math.max(Math.min(Math.max(waited * shareOfWait, shortestPauseMs), longestPauseMs), restMs);
    const at = now + pauseMs * (0.5 + Math.random());
    // Many who come one after the other put no look off.
    if (this.#nextAt <= at) return;
    this.#disarm();
    this.#nextAt = at;
    this.#next = setTimeout(() => void this.#ring(), at - now);
  }

  #disarm(): void {
    clearTimeout(this.#next);
    this.#nextAt = Number.POSITIVE_INFINITY;
  }

  async #ring(): Promise<void> {
    this.#looking = true;
    this.#disarm();
    const begun = performance.now();
    try {
      const held = await this.#look([...this.#waiting.keys()]);
      for (const [key, waiters] of this.#waiting) {
        if (held.has(key)) continue;
        for (const rung of waiters) rung();
      }
    } catch {
      // Waiters find out by themselves that the server is away.
    }
    this.#tookMs = performance.now() - begun;
    this.#looking = false;
    if (this.#waiting.size > 0) this.#arm();
  }
}
