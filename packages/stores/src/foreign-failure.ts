import { BrokerAuthError, isBrokerAuthError, type Lock, type TokenStore } from "@x/core";
import { withinTime } from "./time-limit.ts";

/**
 * The same store with errors of this library alone: the text of another one may hold an address with a password, so only its name and code are
 * kept. Its locks are let go without an error, because whoever held one has done its work.
 * @param limitMs how long each call may take; without it there is no limit, because the engine has one
 * @param requireOpen asked before each call; throws where none may be made any more
 */
export function withOwnErrors(store: TokenStore, limitMs?: number, requireOpen?: () => void): TokenStore {
  const failure = (cause: unknown): BrokerAuthError =>
    isBrokerAuthError(cause)
      ? cause
      : new BrokerAuthError("store_unavailable", `${store.place ?? "the store"} cannot be read or written`, { cause });

  async function guarded<Result>(work: () => Promise<Result>, extraMs = 0): Promise<Result> {
    requireOpen?.();
    try {
      return await (limitMs === undefined ? work() : withinTime(work, limitMs + extraMs, () => silent(store, limitMs)));
    } catch (cause) {
      throw failure(cause);
    }
  }

  return {
    place: store.place,
    ...(store.ready === undefined ? {} : { ready: async () => guarded(async () => store.ready?.()) }),
    scope: store.scope,
    read: (key) => guarded(() => store.read(key)),
    ...(store.readHeader === undefined ? {} : { readHeader: (key) => guarded(async () => store.readHeader?.(key)) }),
    swap: (key, expected, next) => guarded(() => store.swap(key, expected, next)),
    async lock(key, options) {
      return harmless(await guarded(() => store.lock(key, options), options.waitMs));
    },
    async *keys() {
      const found = await guarded(async () => store.keys()[Symbol.asyncIterator]());
      try {
        for (;;) {
          const next = await guarded(() => found.next());
          if (next.done) return;
          yield next.value;
        }
      } finally {
        await found.return?.();
      }
    },
    purge: (key) => guarded(() => store.purge(key)),
    close: () => guarded(() => store.close()),
  };
}

function silent({ place = "the store" }: TokenStore, limitMs: number): BrokerAuthError {
  return new BrokerAuthError("store_unavailable", `${place} did not answer within ${limitMs} ms`);
}

function harmless(lock: Lock): Lock {
  return {
    // Asked for anew each time: a lease may look at the clock only then.
    get lost() {
      return lock.lost;
    },
    async release() {
      try {
        await lock.release();
      } catch {
        // Whatever keeps it ends with its holder.
      }
    },
  };
}
