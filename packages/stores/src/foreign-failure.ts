import { BrokerAuthError, isBrokerAuthError, type Lock, type TokenStore } from "@x/core";

/**
 * The same store with errors of this library alone: the text of another one may hold an address with a password, so only its name and code are
 * kept. Its locks are let go without an error, because whoever held one has done its work.
 */
export function withOwnErrors(store: TokenStore): TokenStore {
  const failure = (cause: unknown): BrokerAuthError =>
    isBrokerAuthError(cause)
      ? cause
      : new BrokerAuthError("store_unavailable", `${store.place ?? "the store"} cannot be read or written`, { cause });

  async function guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      throw failure(cause);
    }
  }

  return {
    place: store.place,
    read: (key) => guarded(() => store.read(key)),
    swap: (key, expected, next) => guarded(() => store.swap(key, expected, next)),
    async lock(key, options) {
      return harmless(await guarded(() => store.lock(key, options)));
    },
    async *keys() {
      try {
        yield* store.keys();
      } catch (cause) {
        throw failure(cause);
      }
    },
    purge: (key) => guarded(() => store.purge(key)),
    ...(store.watch === undefined ? {} : { watch: store.watch.bind(store) }),
    close: () => guarded(() => store.close()),
  };
}

function harmless(lock: Lock): Lock {
  return {
    lost: lock.lost,
    async release() {
      try {
        await lock.release();
      } catch {
        // Whatever keeps it ends with its holder.
      }
    },
  };
}
