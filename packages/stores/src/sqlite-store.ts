import { setTimeout as pause } from "node:timers/promises";
import { BrokerAuthError, isBrokerAuthError, type TokenStore } from "@x/core";
import { fs } from "./file-system.ts";
import { closedMeanwhile } from "./closed-meanwhile.ts";
import { requireKnownOptions } from "./option-names.ts";
import { type PlaintextOptions, plaintextRule } from "./plaintext-rule.ts";
import { defaultDirectory, openPrivateDirectory, resolvePath } from "./private-directory.ts";
import { sqliteFailure } from "./sqlite-failure.ts";
import { SqliteLocks } from "./sqlite-lock.ts";
import { readFrozen, SqliteRecords } from "./sqlite-records.ts";
import { SqliteSwaps } from "./sqlite-swaps.ts";

const { statfsSync } = fs;

export interface SqliteStoreOptions extends PlaintextOptions {
  /**
   * A directory of the store's own, made with mode 0700. Default: the platform's place for state, below it `broker-auth`. A relative path is
   * resolved here, once. It has to be on a local disk: SQLite's locks do not hold on network file systems.
   */
  readonly directory?: string | undefined;
}

// Writes take well under a millisecond; whoever waits longer than this meets a disk that does not answer. Less than the engine waits for a store.
const busyLimitMs = 4_000;
// A login writes well under 100 kB. Several may begin at the same moment.
const roomForLoginBytes = 1_048_576;
// Other processes read for microseconds. What is still in the log after this goes with the next record that is taken away, or at the last close.
const forgetLimitMs = 500;

/**
 * A store for all processes of one machine, in one SQLite file. Nothing is opened before the first use. What was written is on the disk when the
 * call returns. A closed store opens anew when it is used again.
 * @throws BrokerAuthError `configuration` for a wrong option, and where there is no directory for a user without a home
 */
export function sqliteStore(options: SqliteStoreOptions = {}): TokenStore {
  requireKnownOptions(options, ["directory", "plaintext"]);
  const directory = options.directory === undefined ? defaultDirectory() : resolvePath(options.directory, "directory");
  const locks = new SqliteLocks(directory);
  let opened: SqliteRecords | undefined;
  let closings = 0;
  const records = (): SqliteRecords => {
    if (opened === undefined) {
      openPrivateDirectory(directory);
      opened = new SqliteRecords(directory);
    }
    return opened;
  };

  // Another process may be writing: ask again, without blocking the event loop.
  async function patiently<Result>(work: (records: SqliteRecords) => Result): Promise<Result> {
    const begun = closings;
    // Looked at only where there is something to wait for: the platform's timing takes longer to load than a record to be read.
    let until: number | undefined;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 16)) {
      // A call that was waiting must not open the store anew, in a directory that may be gone.
      if (closings !== begun) throw closedMeanwhile(directory);
      try {
        const database = records();
        database.requireInPlace();
        return work(database);
      } catch (error) {
        const failure = sqliteFailure(error, directory);
        if (failure.code !== "store_busy" || performance.now() >= (until ??= performance.now() + busyLimitMs))
          throw failure;
      }
      await pause(pauseMs * (0.5 + Math.random()));
    }
  }

  const swaps = new SqliteSwaps((together) => patiently((database) => database.swapAll(together)));

  // The log keeps what was written before. What a record no longer holds, such as the tokens of a logout, is to leave the disk with it.
  async function forget(): Promise<void> {
    const until = performance.now() + forgetLimitMs;
    for (let pauseMs = 1; opened?.emptyLog() === false && performance.now() < until; pauseMs *= 2) await pause(pauseMs);
  }

  return plaintextRule(
    {
      place: directory,
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
        const outcome = await swaps.swap({ key, expected, next });
        if (outcome === "lost") return false;
        if (outcome === "shorter") await forget();
        return true;
      },
      async lock(key, wait) {
        // Opened now, so that records and locks are in one place, whatever is put there while this one waits.
        await patiently(() => undefined);
        // Found now, not when a factor was spent and the session cannot be kept.
        requireRoom(directory);
        const lock = await locks.lock(key, wait);
        try {
          opened?.requireInPlace();
        } catch (error) {
          await lock.release();
          throw error;
        }
        return lock;
      },
      async *keys() {
        yield* await patiently((database) => database.keys());
      },
      async purge(key) {
        await patiently((database) => database.remove(key));
        await forget();
      },
      async close() {
        swaps.flush();
        closings += 1;
        opened?.close();
        opened = undefined;
      },
    },
    options,
  );
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
