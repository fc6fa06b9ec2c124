import { setTimeout as pause } from "node:timers/promises";
import type { TokenStore } from "@x/core";
import { defaultDirectory, openPrivateDirectory } from "./private-directory.ts";
import { sqliteFailure } from "./sqlite-failure.ts";
import { SqliteLocks } from "./sqlite-lock.ts";
import { SqliteRecords } from "./sqlite-records.ts";
import { SqliteWatch } from "./sqlite-watch.ts";

export interface SqliteStoreOptions {
  /**
   * A directory of the store's own, made with mode 0700. Default: the platform's place for state, below it `broker-auth`. It has to be on a local
   * disk: SQLite's locks do not hold on network file systems.
   */
  readonly directory?: string;
}

// Writes take well under a millisecond; whoever waits longer than this meets a disk that does not answer.
const busyLimitMs = 10_000;

/**
 * A store for all processes of one machine, in one SQLite file. Nothing is opened before the first use. What was written is on the disk when the
 * call returns. Bodies are kept as they are given: wrap it in `encrypted()`.
 */
export function sqliteStore(options: SqliteStoreOptions = {}): TokenStore {
  const directory = options.directory ?? defaultDirectory();
  const locks = new SqliteLocks(directory);
  let opened: SqliteRecords | undefined;
  const records = (): SqliteRecords => {
    if (opened === undefined) {
      openPrivateDirectory(directory);
      opened = new SqliteRecords(directory);
    }
    return opened;
  };
  const watch = new SqliteWatch({
    dataVersion: () => records().dataVersion(),
    revision: (key) => records().read(key)?.revision ?? 0,
  });

  // Another process may be writing: ask again, without blocking the event loop.
  async function patiently<Result>(work: (records: SqliteRecords) => Result): Promise<Result> {
    const until = performance.now() + busyLimitMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 16)) {
      try {
        return work(records());
      } catch (error) {
        const failure = sqliteFailure(error, directory);
        if (failure.code !== "store_busy" || performance.now() >= until) throw failure;
      }
      await pause(pauseMs * (0.5 + Math.random()));
    }
  }

  return {
    read: (key) => patiently((database) => database.read(key)),
    async swap(key, expected, next) {
      const swapped = await patiently((database) => database.swap(key, expected, next));
      if (swapped) watch.wrote(key, next.revision);
      return swapped;
    },
    async lock(key, wait) {
      openPrivateDirectory(directory);
      return locks.lock(key, wait);
    },
    async *keys() {
      yield* await patiently((database) => database.keys());
    },
    purge: (key) => patiently((database) => database.remove(key)),
    watch: (key, changed) => watch.add(key, changed),
    async close() {
      watch.stop();
      opened?.close();
      opened = undefined;
    },
  };
}
