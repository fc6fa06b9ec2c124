import type { AccountParts } from "./account-parts.ts";
import type { AccountRecord } from "../record/account-record.ts";
import { isBrokerAuthError } from "../errors/broker-auth-error.ts";
import { withinTime } from "../record/deadline.ts";

// How long an order waits for the store's word.
const limitMs = 50;

const late = Symbol("late");

/** Asks the store for a newer session than the one at hand, and whether that one was ended by another program, before a request leaves that must not be repeated (P11). */
export class NewerSession {
  readonly #parts: AccountParts;
  #told: string | undefined;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /**
   * Gives the record of a newer session, or of one that was ended, to `adopt`, which may be called late. Never rejects: a store that is silent or fails, or a record that cannot
   * be read, does not hold up an order. Each is told of once, by its own code, until the store answers in time again.
   */
  async look(generation: number, adopt: (record: AccountRecord) => void): Promise<void> {
    try {
      await withinTime(
        () => this.#find(generation, adopt),
        limitMs,
        () => late,
      );
      this.#told = undefined;
    } catch (error) {
      this.#tell(error);
    }
  }

  #tell(error: unknown): void {
    const known = isBrokerAuthError(error) ? error : undefined;
    const code = known?.code ?? "store_slow";
    // The engine was closed: nobody listens.
    if (code === "aborted" || code === this.#told) return;
    this.#told = code;
    const why = known?.message ?? `the store did not tell within ${limitMs} ms whether there is a newer session`;
    this.#parts.context.emit({ type: "warning", code, message: `${why}; orders leave on the session at hand` });
  }

  // By the header alone where there is nothing new, which is nearly always. What it says counts where the record says so too.
  async #find(generation: number, adopt: (record: AccountRecord) => void): Promise<void> {
    const { repository } = this.#parts;
    const header = await repository.header();
    const isNew = header !== undefined && header.generation > generation;
    const isEnded = header?.generation === generation && header.state !== "logged_in";
    if (!isNew && !isEnded) return;
    const record = await repository.read();
    if (record !== undefined) adopt(record);
  }
}
