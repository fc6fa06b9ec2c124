import { statfsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { BrokerAuthError, isBrokerAuthError, type StoredRecord, type TokenStore } from "@x/core";
import { defaultDirectory, openPrivateDirectory } from "./private-directory.ts";
import { sqliteFailure } from "./sqlite-failure.ts";
import { SqliteLocks } from "./sqlite-lock.ts";
import { readFrozen, SqliteRecords } from "./sqlite-records.ts";
import { SqliteWatch } from "./sqlite-watch.ts";

export interface SqliteStoreOptions {
  /**
   * A directory of the store's own, made with mode 0700. Default: the platform's place for state, below it `broker-auth`. It has to be on a local
   * disk: SQLite's locks do not hold on network file systems.
   */
  readonly directory?: string;
  /**
   * Keeps what is not encrypted. Whoever can read the file, or a backup of it, can then trade with the sessions in it until they end. Without
   * this word only `encrypted()` can write here.
   */
  readonly plaintext?: "i-understand";
}

// Writes take well under a millisecond; whoever waits longer than this meets a disk that does not answer.
const busyLimitMs = 10_000;
// A login writes well under 100 kB. Several may begin at the same moment.
const roomForLoginBytes = 1_048_576;

/**
 * A store for all processes of one machine, in one SQLite file. Nothing is opened before the first use. What was written is on the disk when the
 * call returns. A closed store opens anew when it is used again.
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
    async read(key) {
      try {
        return await patiently((database) => database.read(key));
      } catch (error) {
        const frozen = opened === undefined && isUnavailable(error) ? readFrozen(directory, key) : undefined;
        if (frozen === undefined) throw error;
        return frozen.record;
      }
    },
    async swap(key, expected, next) {
      if (options.plaintext !== "i-understand") requireSealed(next);
      const swapped = await patiently((database) => database.swap(key, expected, next));
      if (swapped) watch.wrote(key, next.revision);
      return swapped;
    },
    async lock(key, wait) {
      openPrivateDirectory(directory);
      // Found now, not when a factor was spent and the session cannot be kept.
      requireRoom(directory);
      return locks.lock(key, wait);
    },
    async *keys() {
      yield* await patiently((database) => database.keys());
    },
    async purge(key) {
      await patiently((database) => database.remove(key));
      watch.wrote(key, 0);
    },
    watch: (key, changed) => watch.add(key, changed),
    async close() {
      watch.stop();
      opened?.close();
      opened = undefined;
    },
  };
}

function requireSealed({ sealed }: StoredRecord): void {
  if (sealed) return;
  throw new BrokerAuthError("configuration", "plaintext: the store was given secrets that are not encrypted", {
    field: "plaintext",
    action:
      'Wrap the store in encrypted(), or set plaintext: "i-understand" where unencrypted sessions on the disk are wanted.',
  });
}

function requireRoom(directory: string): void {
  const free = freeBytes(directory);
  if (free === undefined || free >= roomForLoginBytes) return;
  throw new BrokerAuthError(
    "store_unavailable",
    `${directory} has only ${Math.floor(free / 1024)} kB left, too little for what a login has to write; nothing was sent`,
    { action: "Free at least one megabyte on this disk." },
  );
}

// Undefined where the file system does not tell.
function freeBytes(directory: string): number | undefined {
  try {
    const { bsize, blocks, bavail, bfree } = statfsSync(directory);
    if (blocks === 0) return undefined;
    // Some blocks are kept back for the superuser.
    return bsize * (process.geteuid?.() === 0 ? bfree : bavail);
  } catch {
    return undefined;
  }
}

function isUnavailable(error: unknown): boolean {
  return isBrokerAuthError(error) && error.code === "store_unavailable";
}
