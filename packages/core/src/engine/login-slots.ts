import { abortable } from "./abortable.ts";

/**
 * How many logins that nobody waits at a keyboard for are under way in one engine at the same time. Without a bound a thousand accounts open a
 * thousand connections and lock files at once, and no broker bears that. Who comes first goes first.
 */
export class LoginSlots {
  #free: number;
  readonly #queue = new Set<() => void>();

  constructor(slots: number) {
    this.#free = slots;
  }

  /** Undefined where all are taken. What it gives lets the slot go. */
  tryTake(): (() => void) | undefined {
    if (this.#free === 0) return undefined;
    this.#free -= 1;
    return this.#release();
  }

  /** Waits for its turn. @throws BrokerAuthError `aborted` when the signal fires first */
  async take(signal: AbortSignal): Promise<() => void> {
    const taken = this.tryTake();
    if (taken !== undefined) return taken;
    let enter!: () => void;
    const turn = new Promise<void>((resolve) => {
      enter = resolve;
    });
    this.#queue.add(enter);
    try {
      await abortable(turn, signal);
      return this.#release();
    } catch (error) {
      // Where its turn had come at the same moment, the next one has it.
      if (!this.#queue.delete(enter)) this.#next();
      throw error;
    }
  }

  #release(): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#next();
    };
  }

  #next(): void {
    const [first] = this.#queue;
    if (first === undefined) {
      this.#free += 1;
      return;
    }
    this.#queue.delete(first);
    first();
  }
}
