import type { RecordKey } from "@x/core";
import { deferred, type LockWait } from "./lock-wait.ts";

/** The callers of one program who want the same lock, in the order in which they came: the first of them looks at it for all. */
export class LockQueues {
  readonly #last = new Map<RecordKey, Promise<void>>();

  /**
   * Waits until nobody is before this caller.
   * @returns whether it had to wait, and what lets the next one through
   * @throws BrokerAuthError `store_busy`, `aborted`
   */
  async enter(key: RecordKey, wait: LockWait): Promise<{ readonly waited: boolean; readonly leave: () => void }> {
    const ahead = this.#last.get(key);
    const [left, leave] = deferred();
    // Whoever gives up in the queue lets the next one through only when its own turn would have come.
    const mine = ahead === undefined ? left : ahead.then(() => left);
    this.#last.set(key, mine);
    void this.#forgetAfter(mine, key);
    try {
      if (ahead !== undefined) await wait.until(ahead);
      return { waited: ahead !== undefined, leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  async #forgetAfter(queue: Promise<void>, key: RecordKey): Promise<void> {
    await queue;
    if (this.#last.get(key) === queue) this.#last.delete(key);
  }
}
