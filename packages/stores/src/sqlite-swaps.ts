import type { RecordKey, StoredRecord } from "@x/core";

/** One record to be written in place of the revision that is expected there; 0 for none. */
export interface Swap {
  readonly key: RecordKey;
  readonly expected: number;
  readonly next: StoredRecord;
}

/** `shorter`: a record without a session was written over one that held more, so the file holds less than its log. */
export type SwapOutcome = "lost" | "written" | "shorter";

interface Waiting {
  readonly swap: Swap;
  readonly resolve: (outcome: SwapOutcome) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Writes that are wanted in the same turn of the event loop go to the disk together: waiting for the disk is most of what one costs, and the
 * whole program waits with it. The first of a turn goes at once, so a single one waits for nothing.
 */
export class SqliteSwaps {
  readonly #write: (swaps: readonly Swap[]) => Promise<readonly SwapOutcome[]>;
  #waiting: Waiting[] = [];
  #inTurn = false;

  /** @param write all of them or, where it rejects, none */
  constructor(write: (swaps: readonly Swap[]) => Promise<readonly SwapOutcome[]>) {
    this.#write = write;
  }

  /** Resolves when it is on the disk, or is lost. */
  swap(swap: Swap): Promise<SwapOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ swap, resolve, reject });
      if (this.#inTurn) return;
      this.#inTurn = true;
      setImmediate(() => this.#endTurn());
      this.flush();
    });
  }

  /** Writes now what waits for the end of the turn. */
  flush(): void {
    const together = this.#waiting;
    this.#waiting = [];
    if (together.length > 0) void this.#writeAll(together);
  }

  #endTurn(): void {
    this.#inTurn = this.#waiting.length > 0;
    if (this.#inTurn) setImmediate(() => this.#endTurn());
    this.flush();
  }

  async #writeAll(together: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#write(together.map(({ swap }) => swap));
      for (const [index, { resolve }] of together.entries()) resolve(outcomes[index] ?? "lost");
    } catch (error) {
      const [only, ...others] = together;
      if (only === undefined) return;
      if (others.length === 0) return only.reject(error);
      // What is wrong with one of them is no reason to refuse the others.
      for (const each of together) await this.#writeAll([each]);
    }
  }
}
