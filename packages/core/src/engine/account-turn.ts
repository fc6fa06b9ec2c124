import { overtaken } from "./overtaken.ts";
import type { Lock } from "../contract/token-store.ts";

/** The time for which one piece of work has the account's lock. While it waits for something outside, the lock is given up. */
export class AccountTurn {
  readonly #take: () => Promise<Lock>;
  readonly #regained: () => void;
  #lock: Lock | undefined;
  #waits = false;

  /** @param regained looks, after a wait, whether the work may go on; throws where it may not */
  constructor(take: () => Promise<Lock>, regained: () => void) {
    this.#take = take;
    this.#regained = regained;
  }

  async begin(): Promise<void> {
    this.#lock = await this.#take();
  }

  /** @throws BrokerAuthError `store_busy` where another holder may have the lock by now */
  requireHeld(): void {
    if (this.#lock === undefined || this.#lock.lost?.aborted === true) throw overtaken();
  }

  /** It waits for something outside, and has given the lock up for that. */
  get waits(): boolean {
    return this.#waits;
  }

  /** Waits without the lock, and takes it again. Where the wait fails, the lock stays given up. */
  async without<Result>(wait: () => Promise<Result>): Promise<Result> {
    await this.end();
    this.#waits = true;
    try {
      const result = await wait();
      this.#lock = await this.#take();
      this.#regained();
      return result;
    } finally {
      this.#waits = false;
    }
  }

  async end(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    await lock?.release();
  }
}
