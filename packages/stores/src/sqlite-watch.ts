import type { RecordKey } from "@x/core";

// A reader is to see a new session within 200 ms. Asking for SQLite's data version costs microseconds.
const intervalMs = 50;

/** What the watch needs of the records. Both may throw while the store cannot be read. */
export interface Watched {
  /** Changes when any other connection has written. */
  dataVersion(): number;
  revision(key: RecordKey): number;
}

interface Watcher {
  readonly key: RecordKey;
  readonly changed: (revision: number) => void;
  /** The revision it knows of; undefined where the first look failed. */
  seen: number | undefined;
}

/**
 * Tells watchers of changes by any process, by asking cheaply. Its timer exists only while somebody watches, and keeps no process alive. A watch is
 * a hint: a store that cannot be read says so to whoever reads it, and what a watcher throws is dropped, because the write it is about was made.
 */
export class SqliteWatch {
  readonly #watched: Watched;
  readonly #watchers = new Set<Watcher>();
  #timer: NodeJS.Timeout | undefined;
  #version: number | undefined;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  add(key: RecordKey, changed: (revision: number) => void): () => void {
    if (this.#timer === undefined) {
      // Before the first look, so that a write in between is told twice rather than never.
      this.#version = quietly(() => this.#watched.dataVersion());
      this.#timer = setInterval(() => this.#poll(), intervalMs).unref();
    }
    const watcher: Watcher = { key, changed, seen: quietly(() => this.#watched.revision(key)) };
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.stop();
    };
  }

  /** Our own connection has written: its data version does not show that. */
  wrote(key: RecordKey, revision: number): void {
    for (const watcher of this.#watchers) if (watcher.key === key) tell(watcher, revision);
  }

  /** Ends every watch. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#watchers.clear();
  }

  #poll(): void {
    quietly(() => {
      const version = this.#watched.dataVersion();
      if (version === this.#version) return;
      for (const watcher of this.#watchers) tell(watcher, this.#watched.revision(watcher.key));
      this.#version = version;
    });
  }
}

function tell(watcher: Watcher, revision: number): void {
  if (watcher.seen === revision) return;
  watcher.seen = revision;
  quietly(() => watcher.changed(revision));
}

function quietly<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
