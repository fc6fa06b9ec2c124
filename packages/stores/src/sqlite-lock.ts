import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { BrokerAuthError, type Lock, type LockOptions, type RecordKey } from "@x/core";
import { openPrivateDirectory, openPrivateFile } from "./private-directory.ts";
import { isBusy, sqliteFailure } from "./sqlite-failure.ts";

// SQLite can only be asked, so a waiter asks: often at first, because most logins are short, then less so.
const firstPauseMs = 1;
const longestPauseMs = 20;

/**
 * An account's lock between processes: an exclusive transaction on a small database of its own. The kernel ends it with its process, so no lease
 * runs out under a slow holder and none has to be waited for after a crash. Within one process the callers queue.
 */
export class SqliteLocks {
  readonly #directory: string;
  readonly #queues = new Map<RecordKey, Promise<unknown>>();

  constructor(directory: string) {
    this.#directory = join(directory, "locks");
  }

  async lock(key: RecordKey, { waitMs, signal }: LockOptions): Promise<Lock> {
    const until = performance.now() + waitMs;
    const ahead = this.#queues.get(key) ?? Promise.resolve();
    let leave: (() => void) | undefined;
    const mine = ahead.then(() => new Promise<void>((resolve) => (leave = resolve)));
    this.#queues.set(key, mine);
    const finish = (): void => {
      if (this.#queues.get(key) === mine) this.#queues.delete(key);
      // Before our turn came there is nothing to leave yet.
      void ahead.then(() => leave?.());
    };
    try {
      await turn(ahead, until, waitMs, signal);
      const database = await this.#acquire(key, until, waitMs, signal);
      let released = false;
      return {
        release: async () => {
          if (released) return;
          released = true;
          database.close();
          finish();
        },
      };
    } catch (error) {
      finish();
      throw error;
    }
  }

  async #acquire(
    key: RecordKey,
    until: number,
    waitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<DatabaseSync> {
    openPrivateDirectory(this.#directory);
    const path = join(this.#directory, `${key}.lock`);
    openPrivateFile(path);
    const database = openLockFile(path);
    try {
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
        if (isExclusive(database, path)) return database;
        if (performance.now() >= until) throw notInTime(waitMs);
        await pause(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
        if (signal?.aborted) throw aborted();
      }
    } catch (error) {
      database.close();
      throw error;
    }
  }
}

function openLockFile(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw sqliteFailure(error, path);
  }
}

function isExclusive(database: DatabaseSync, path: string): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw sqliteFailure(error, path);
  }
}

// Our place in this process's queue.
async function turn(
  ahead: Promise<unknown>,
  until: number,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal?.aborted) throw aborted();
  const ended = new AbortController();
  const limit = AbortSignal.any([ended.signal, ...(signal === undefined ? [] : [signal])]);
  const patience = pause(Math.max(until - performance.now(), 0), "late", { signal: limit }).catch(() => "ended");
  const first = await Promise.race([ahead.then(() => "turn"), patience]);
  ended.abort();
  if (first === "late") throw notInTime(waitMs);
  if (first === "ended") throw aborted();
}

function notInTime(waitMs: number): BrokerAuthError {
  return new BrokerAuthError("store_busy", `the account's lock was not free within ${waitMs} ms`);
}

function aborted(): BrokerAuthError {
  return new BrokerAuthError("aborted", "the wait for the account's lock was ended by its signal");
}
