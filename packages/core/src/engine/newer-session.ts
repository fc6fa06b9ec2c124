import type { AccountParts } from "./account-parts.ts";
import type { AccountRecord } from "../record/account-record.ts";
import { withinTime } from "../record/deadline.ts";

// How long an order waits for the store's word.
const limitMs = 50;

/** Asks the store for a newer session than the one at hand, before a request leaves that must not be repeated (P11). */
export class NewerSession {
  readonly #parts: AccountParts;
  #slow = false;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /**
   * Gives the record of a newer session to `adopt`, which may be called late. Never rejects: a store that is silent or fails does not hold up an
   * order, and is told of once, until it answers in time again.
   */
  async look(generation: number, adopt: (record: AccountRecord) => void): Promise<void> {
    try {
      await withinTime(
        () => this.#find(generation, adopt),
        limitMs,
        () => new Error("late"),
      );
      this.#slow = false;
    } catch {
      if (this.#slow) return;
      this.#slow = true;
      this.#parts.context.emit({
        type: "warning",
        code: "store_slow",
        message: `the store did not tell within ${limitMs} ms whether there is a newer session; orders leave on the one at hand`,
      });
    }
  }

  // By the header alone where there is none, which is nearly always.
  async #find(generation: number, adopt: (record: AccountRecord) => void): Promise<void> {
    const { repository } = this.#parts;
    if ((await repository.generation()) <= generation) return;
    const record = await repository.read();
    if (record !== undefined) adopt(record);
  }
}
