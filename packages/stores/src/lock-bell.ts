import type { FSWatcher } from "node:fs";
import { fs } from "./file-system.ts";

const { utimesSync, watch } = fs;

/**
 * Rings when a lock file was let go by any process, so that whoever waits for it can look at once. Only a hint: a bell that cannot be hung up (the
 * system has few of them) or is not heard costs some milliseconds, because waiters also look by themselves. Watches the directory, and only while
 * somebody waits: watching a file itself would open it on some systems, and closing it again would drop SQLite's locks.
 */
export class LockBell {
  readonly #directory: string;
  readonly #waiting = new Map<string, Set<() => void>>();
  #watcher: FSWatcher | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Tells everybody who listens for this lock file, in all processes, that it may be free. */
  static ring(path: string): void {
    try {
      const now = new Date();
      // Does not open the file.
      utimesSync(path, now, now);
    } catch {
      // Whoever waits finds out a little later.
    }
  }

  /** Rings are heard, as far as the system tells. */
  get hears(): boolean {
    return this.#watcher !== undefined;
  }

  /** Calls back at every ring for this file of the directory, until the returned function is called. */
  listen(file: string, rung: () => void): () => void {
    const set = this.#waiting.get(file) ?? new Set();
    this.#waiting.set(file, set.add(rung));
    this.#watcher ??= this.#hang();
    return () => {
      set.delete(rung);
      if (set.size > 0 || this.#waiting.get(file) !== set) return;
      this.#waiting.delete(file);
      if (this.#waiting.size === 0) this.#takeDown();
    };
  }

  #hang(): FSWatcher | undefined {
    try {
      const watcher = watch(this.#directory, { persistent: false }, (_event, file) => {
        for (const rung of this.#waiting.get(file ?? "") ?? []) rung();
      });
      watcher.on("error", () => this.#takeDown());
      return watcher;
    } catch {
      return undefined;
    }
  }

  #takeDown(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
