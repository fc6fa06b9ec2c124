import type { RecordKey, StoredRecord } from "@x/core";

/** One record to be written in place of the revision that is expected there; 0 for none. */
export interface Swap {
  readonly key: RecordKey;
  readonly expected: number;
  readonly next: StoredRecord;
}

/** `shorter`: a record without a session was written over one that held more, so the file holds less than its log. */
export type SwapOutcome = "lost" | "written" | "shorter";

/** A record that cannot be written, whatever becomes of the others. */
export interface UnwritableSwap {
  readonly reason: unknown;
}

export type SwapResult = SwapOutcome | UnwritableSwap;

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
  readonly #write: (swaps: readonly Swap[]) => Promise<readonly SwapResult[]>;
  #waiting: Waiting[] = [];
  #inTurn = false;

  /** @param write all of them that can be written or, where it rejects, none. It is called once for each */
  constructor(write: (swaps: readonly Swap[]) => Promise<readonly SwapResult[]>) {
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
      const results = await this.#write(together.map(({ swap }) => swap));
      for (const [index, { resolve, reject }] of together.entries()) {
        const result = results[index] ?? "lost";
        if (typeof result === "string") resolve(result);
        else reject(result.reason);
      }
    } catch (error) {
      // Not tried again one by one: a call ends in time, and opens no store that was closed meanwhile.
      for (const { reject } of together) reject(error);
    }
  }
}
