import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Lock, LockOptions, RecordKey } from "@x/core";
import { fs } from "./file-system.ts";
import { LockBell } from "./lock-bell.ts";
import { LockQueues } from "./lock-queues.ts";
import { deferred, LockWait } from "./lock-wait.ts";
import { openPrivateDirectory, openPrivateFile } from "./private-directory.ts";
import { isBusy, sqliteFailure } from "./sqlite-failure.ts";

const { accessSync, constants } = fs;

// A holder that lets go rings; one that was killed does not. So a waiter also looks by itself: often at first, because most logins are short,
// and then seldom enough for a thousand waiters on one machine. Where it hears the bell, a few looks are enough.
const pauses = { firstMs: 1, longestMs: 100, growth: 1.5 };
const pausesInHearing = { firstMs: 20, longestMs: 500, growth: 5 };

// A connection that nobody refers to is closed by the garbage collector, and its lock is gone.
const held = new Set<DatabaseSync>();

/**
 * An account's lock between processes: a write transaction on a small database of its own, in which nothing is ever written. The kernel ends it
 * with its process, so no lease runs out under a slow holder and none has to be waited for after a crash. Within one process the callers queue.
 */
export class SqliteLocks {
  readonly #directory: string;
  readonly #bell: LockBell;
  readonly #queues = new LockQueues();

  constructor(directory: string) {
    this.#directory = join(directory, "locks");
    this.#bell = new LockBell(this.#directory);
  }

  async lock(key: RecordKey, options: LockOptions): Promise<Lock> {
    const wait = new LockWait(this.#directory, options);
    const { leave } = await this.#queues.enter(key, wait);
    try {
      const { path, database } = await this.#acquire(key, wait);
      held.add(database);
      let released = false;
      return {
        release: async () => {
          if (released) return;
          released = true;
          held.delete(database);
          try {
            database.close();
          } catch {
            // What was done under the lock stands; the kernel takes it with the process.
          }
          LockBell.ring(path);
          leave();
        },
      };
    } catch (error) {
      leave();
      throw error;
    }
  }

  #longer(pauseMs: number): number {
    const { firstMs, longestMs, growth } = this.#bell.hears ? pausesInHearing : pauses;
    return Math.min(Math.max(pauseMs * growth, firstMs), longestMs);
  }

  async #acquire(key: RecordKey, wait: LockWait): Promise<{ path: string; database: DatabaseSync }> {
    wait.requireWanted();
    openPrivateDirectory(this.#directory);
    const file = `${key}.lock`;
    const path = join(this.#directory, file);
    openPrivateFile(path);
    const database = openLockFile(path);
    let rung: (() => void) | undefined;
    let deaf: (() => void) | undefined;
    try {
      for (let pauseMs = 0; ; pauseMs = this.#longer(pauseMs)) {
        // Made before looking, so that a ring between the look and the pause is not lost.
        const [bell, ring] = deferred();
        rung = ring;
        await wait.requireNeed();
        if (isTaken(database, path)) return { path, database };
        wait.requireTime();
        if (deaf === undefined) {
          deaf = this.#bell.listen(file, () => rung?.());
          // Once more: what was let go before this was heard by nobody.
          continue;
        }
        // Apart from each other, so that many processes which began together do not look together for ever.
        await wait.pause(pauseMs * (0.5 + Math.random()), bell);
      }
    } catch (error) {
      database.close();
      throw error;
    } finally {
      deaf?.();
    }
  }
}

function openLockFile(path: string): DatabaseSync {
  try {
    // On a read-only disk SQLite would quietly turn the transaction into one for reading, which anybody may have at the same time.
    accessSync(path, constants.W_OK);
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw sqliteFailure(error, path);
  }
}

// IMMEDIATE takes the one lock that only one connection can have and that nobody needs for looking: with EXCLUSIVE the lookers would
// get into each other's way. Without a journal on the disk there is nothing to make, to delete, or to find after a crash.
function isTaken(database: DatabaseSync, path: string): boolean {
  try {
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE");
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw sqliteFailure(error, path);
  }
}
