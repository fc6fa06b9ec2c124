import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { Lock, LockOptions, RecordKey, StoredRecord, TokenStore } from "../contract/token-store.ts";

/**
 * A store that lives as long as the process. Logins, refusals, blocks, used TOTP steps and the device id are forgotten when it ends, and no other
 * process sees them: a second program, or a restart within 30 seconds, may send a TOTP code again. Fine for tests and for one long-running program;
 * for a real account take `localStore()` of `@x/stores/local`.
 */
export function memoryStore(): TokenStore {
  const records = new Map<RecordKey, StoredRecord>();
  const holders = new Map<RecordKey, LockQueue>();

  return {
    scope: "host",
    async read(key) {
      const record = records.get(key);
      return record === undefined ? undefined : { ...record, body: record.body.slice() };
    },
    async swap(key, expected, next) {
      if ((records.get(key)?.revision ?? 0) !== expected) return false;
      records.set(key, { revision: next.revision, header: { ...next.header }, body: next.body.slice() });
      return true;
    },
    async lock(key, options) {
      let queue = holders.get(key);
      if (queue === undefined) holders.set(key, (queue = new LockQueue(() => holders.delete(key))));
      return queue.enter(options);
    },
    async *keys() {
      yield* records.keys();
    },
    async purge(key) {
      records.delete(key);
    },
    async close() {},
  };
}

// Timers take no longer span.
const longestTimerMs = 2 ** 31 - 1;

// First come, first served. A waiter that gives up leaves the queue without disturbing the others.
class LockQueue {
  #held = false;
  readonly #waiting: (() => void)[] = [];
  readonly #idle: () => void;

  /** @param idle called when nobody has it or waits for it */
  constructor(idle: () => void) {
    this.#idle = idle;
  }

  async enter(options: LockOptions): Promise<Lock> {
    if (options.signal?.aborted) throw aborted();
    if (this.#held) await this.#turn(options);
    this.#held = true;
    let released = false;
    const release = async (): Promise<void> => {
      if (released) return;
      released = true;
      const next = this.#waiting.shift();
      if (next !== undefined) return next();
      this.#held = false;
      this.#idle();
    };
    if (options.needed !== undefined) {
      try {
        if (!(await options.needed())) throw notNeeded();
      } catch (error) {
        await release();
        throw error;
      }
    }
    return { release };
  }

  async #turn({ waitMs, signal }: LockOptions): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        act();
      };
      const enter = (): void => settle(resolve);
      const leave = (error: BrokerAuthError): void => {
        const place = this.#waiting.indexOf(enter);
        if (place >= 0) this.#waiting.splice(place, 1);
        settle(() => reject(error));
      };
      const abort = (): void => leave(aborted());
      const timer = setTimeout(
        () => leave(new BrokerAuthError("store_busy", `the account's lock was not free within ${waitMs} ms`)),
        Math.min(waitMs, longestTimerMs),
      );
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.push(enter);
    });
  }
}

function notNeeded(): BrokerAuthError {
  return new BrokerAuthError("aborted", "nobody needs the account's lock any more");
}

function aborted(): BrokerAuthError {
  return new BrokerAuthError("aborted", "the wait for the account's lock was ended by its signal");
}
