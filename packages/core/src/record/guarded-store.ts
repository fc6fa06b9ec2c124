import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import { withinTime } from "./deadline.ts";
import type { Lock, LockOptions, RecordHeader, RecordKey, StoredRecord, TokenStore } from "../contract/token-store.ts";

/** How long one call of the store may take, in milliseconds, where nothing else is said. */
export const defaultStoreTimeoutMs = 5_000;

/**
 * The user's store as the engine uses it: each call ends in time, what it throws is one of our errors and shows nothing of the store's own, and
 * after the end nothing reaches it any more.
 */
export class GuardedStore {
  readonly timeoutMs: number;
  readonly #store: TokenStore;
  readonly #over: Promise<void>;
  #end: () => void = () => undefined;
  /** Fires when nobody waits for the store any more. */
  readonly #left = new AbortController();
  readonly #held = new Set<Lock>();
  #ready = false;
  #ended = false;

  constructor(store: TokenStore, timeoutMs: number) {
    this.#store = store;
    this.timeoutMs = timeoutMs;
    this.#over = new Promise((resolve) => (this.#end = resolve));
  }

  /** Whether all programs on this store have the same clock. */
  get ofOneHost(): boolean {
    return this.#store.scope !== "network";
  }

  read(key: RecordKey): Promise<StoredRecord | undefined> {
    return this.#call("read", () => this.#store.read(key));
  }

  readHeader(key: RecordKey): Promise<RecordHeader | undefined> {
    return this.#call("read", async () =>
      this.#store.readHeader === undefined ? (await this.#store.read(key))?.header : this.#store.readHeader(key),
    );
  }

  swap(key: RecordKey, expected: number, next: StoredRecord): Promise<boolean> {
    return this.#call("write", () => this.#store.swap(key, expected, next));
  }

  purge(key: RecordKey): Promise<void> {
    return this.#call("purge", () => this.#store.purge(key));
  }

  /** A lock whose release may fail or hang, and does no harm. */
  async lock(key: RecordKey, options: LockOptions): Promise<Lock> {
    let abandoned = false;
    const take = async (): Promise<Lock> => {
      const lock = await this.#store.lock(key, options);
      // It came when nobody waited for it any more. Kept, it would be nobody's and nobody could get it.
      if (abandoned) await lock.release();
      return lock;
    };
    try {
      const lock = await this.#call("lock", take, options.waitMs);
      this.#held.add(lock);
      if (this.#ended) this.#freeLocks();
      const release = async (): Promise<void> => {
        if (this.#held.delete(lock)) await this.#call("release", () => lock.release()).catch(() => undefined);
      };
      return {
        release,
        // Asked for anew each time: a lease may look at the clock only then.
        get lost() {
          return lock.lost;
        },
      };
    } catch (error) {
      abandoned = true;
      throw storeFailure("lock", error);
    }
  }

  /** Ends the store. Nothing that is still under way reaches it afterwards. @returns false where it did not end in time */
  async end(limitMs: number): Promise<boolean> {
    this.#ended = true;
    this.#end();
    this.#freeLocks();
    const silent = Symbol("silent");
    try {
      await withinTime(
        () => this.#store.close(),
        limitMs,
        () => silent,
      );
      return true;
    } catch (error) {
      if (error === silent) return false;
      throw storeFailure("close", error);
    } finally {
      this.#left.abort();
    }
  }

  // Other engines may wait for them on the same store, which lives on where it is in memory. What had them writes nothing any more.
  #freeLocks(): void {
    for (const lock of this.#held) void (async () => lock.release())().catch(() => undefined);
    this.#held.clear();
  }

  async #call<Result>(what: string, call: () => Promise<Result>, extraMs = 0): Promise<Result> {
    if (!this.#ready && !this.#ended) await this.#prepare();
    if (this.#ended) throw new BrokerAuthError("aborted", "this engine was closed", { action: "Create a new engine." });
    const limitMs = Math.min(this.timeoutMs + extraMs, 2 ** 31 - 1);
    try {
      return await withinTime(call, limitMs, () => silence(what, this.timeoutMs), this.#left.signal);
    } catch (error) {
      throw storeFailure(what, error);
    }
  }

  // A person has as long as it takes; callers have signals of their own.
  async #prepare(): Promise<void> {
    try {
      if (this.#store.ready !== undefined) await Promise.race([this.#store.ready(), this.#over]);
      this.#ready = true;
    } catch (error) {
      throw storeFailure("ready", error);
    }
  }
}

function silence(what: string, timeoutMs: number): BrokerAuthError {
  return new BrokerAuthError("store_unavailable", `the token store did not answer within ${timeoutMs} ms (${what})`);
}

// A database client's own error may hold its address, its user and its password: only name and code are kept.
function storeFailure(what: string, error: unknown): BrokerAuthError {
  if (isBrokerAuthError(error)) return error;
  return new BrokerAuthError("store_unavailable", `the token store failed (${what})`, { cause: error });
}
