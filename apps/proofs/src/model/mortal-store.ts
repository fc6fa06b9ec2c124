import type { Lock, RecordKey, StoredRecord, TokenStore } from "@x/core";

/** What one program sees of a store that several share, until it dies. */
export interface MortalHandle {
  readonly store: TokenStore;
  /** Nothing the program began ever ends any more, and its locks are free. */
  kill(): void;
}

export interface MortalStoreHooks {
  /** A program is about to touch the store. True: it dies before. */
  before(): boolean;
  /** What it did has happened. True: it dies before it learns that. */
  after(): boolean;
  /** Whether locks hold. When they have lapsed, everybody gets one: what holds then rests on the swap. */
  locksHold(): boolean;
  swapped(key: RecordKey, previous: StoredRecord | undefined, next: StoredRecord): void;
  purged?(key: RecordKey): void;
}

/** A program's view of a shared store, with the death of the program as a process would die: between any two effects. */
export function mortalStore(shared: TokenStore, hooks: MortalStoreHooks): MortalHandle {
  const locks = new Set<Lock>();
  let dead = false;

  async function living<Result>(work: () => Promise<Result>): Promise<Result> {
    if (dead || hooks.before() || dead) return never();
    const result = await work();
    return dead || hooks.after() || dead ? never() : result;
  }

  return {
    store: {
      read: (key) => living(() => shared.read(key)),
      swap: (key, expected, next) =>
        living(async () => {
          const previous = await shared.read(key);
          const swapped = await shared.swap(key, expected, next);
          if (swapped) hooks.swapped(key, previous, next);
          return swapped;
        }),
      lock: (key, options) =>
        living(async () => {
          if (!hooks.locksHold()) return { release: async () => undefined };
          const lock = await shared.lock(key, options);
          // A lock that is granted to the dead passes on.
          if (dead) await lock.release();
          else locks.add(lock);
          return {
            async release() {
              locks.delete(lock);
              if (!dead) await lock.release();
            },
          };
        }),
      keys: () => shared.keys(),
      purge: (key) =>
        living(async () => {
          await shared.purge(key);
          hooks.purged?.(key);
        }),
      close: async () => undefined,
    },
    kill() {
      dead = true;
      for (const lock of locks) void lock.release();
    },
  };
}

/** What a dead program waits for. */
export function never<Result>(): Promise<Result> {
  return new Promise(() => undefined);
}
