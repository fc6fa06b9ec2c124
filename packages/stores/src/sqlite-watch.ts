import type { RecordKey } from "@x/core";

// A reader is to see a new session within 200 ms. Asking for SQLite's data version costs microseconds.
const intervalMs = 50;

/** What the watch needs of the records. */
export interface Watched {
  /** Changes when any other connection has written. */
  dataVersion(): number;
  revision(key: RecordKey): number;
}

/** Tells watchers of changes by any process, by asking cheaply. Its timer exists only while somebody watches, and keeps no process alive. */
export class SqliteWatch {
  readonly #watched: Watched;
  readonly #callbacks = new Map<RecordKey, Set<(revision: number) => void>>();
  readonly #revisions = new Map<RecordKey, number>();
  #timer: NodeJS.Timeout | undefined;
  #version = 0;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  add(key: RecordKey, changed: (revision: number) => void): () => void {
    const set = this.#callbacks.get(key) ?? new Set();
    this.#callbacks.set(key, set.add(changed));
    if (!this.#revisions.has(key)) this.#revisions.set(key, this.#watched.revision(key));
    if (this.#timer === undefined) {
      this.#version = this.#watched.dataVersion();
      this.#timer = setInterval(() => this.#poll(), intervalMs).unref();
    }
    return () => {
      set.delete(changed);
      if (set.size > 0) return;
      this.#callbacks.delete(key);
      this.#revisions.delete(key);
      if (this.#callbacks.size === 0) this.stop();
    };
  }

  /** Our own connection has written: its data version does not show that. */
  wrote(key: RecordKey, revision: number): void {
    if (!this.#callbacks.has(key)) return;
    this.#tell(key, revision);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #poll(): void {
    try {
      const version = this.#watched.dataVersion();
      if (version === this.#version) return;
      for (const key of this.#callbacks.keys()) this.#tell(key, this.#watched.revision(key));
      this.#version = version;
    } catch {
      // A watch is a hint: a store that is busy or gone will say so to whoever reads it.
    }
  }

  #tell(key: RecordKey, revision: number): void {
    if (this.#revisions.get(key) === revision) return;
    this.#revisions.set(key, revision);
    for (const changed of this.#callbacks.get(key) ?? []) changed(revision);
  }
}
