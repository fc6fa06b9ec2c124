import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { BrokerAuthError, type RecordHeader, type RecordKey, type StoredRecord } from "@x/core";
import { fs } from "./file-system.ts";
import { openPrivateFile, tightenPrivateFile } from "./private-directory.ts";
import type { Swap, SwapOutcome, SwapResult } from "./sqlite-swaps.ts";
import { damaged, isAboutOneRecord, isBusy, sqliteFailure } from "./sqlite-failure.ts";

const { lstatSync } = fs;

const schemaVersion = 1;
// "bauth" in ASCII, cut to the 31 bits that SQLite keeps: tells our file from any other database.
const applicationId = 0x62617574;
// A session with what is noted about it is longer, the words that an attempt's outcome changes are shorter.
const leastTakenBytes = 64;
const select = "SELECT revision, state, expires_at, generation, obtained_by, body FROM records WHERE key = ?";

/** The records' table. Every method is one short transaction and may meet a busy database. */
export class SqliteRecords {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #place: { readonly dev: number; readonly ino: number };
  readonly #select: StatementSync;
  readonly #hidden: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #length: StatementSync;
  readonly #remove: StatementSync;
  readonly #keys: StatementSync;
  #isWhole = false;

  /** @throws BrokerAuthError `store_unavailable`, `store_corrupt`, `store_version`; nothing is changed then */
  constructor(directory: string) {
    this.path = recordsPath(directory);
    openPrivateFile(this.path);
    // SQLite writes these beside the database, with its mode. It follows no symbolic link there, but would write through a planted hard one.
    for (const suffix of ["-wal", "-shm", "-journal"]) tightenPrivateFile(this.path + suffix);
    try {
      // Waiting is done outside, without blocking the event loop.
      this.#database = new DatabaseSync(this.path, { timeout: 0 });
    } catch (error) {
      throw sqliteFailure(error, this.path);
    }
    try {
      this.#prepareSchema();
      this.#select = this.#database.prepare(select);
      this.#hidden = this.#database.prepare(
        "SELECT 1 FROM records AS kept NOT INDEXED WHERE NOT EXISTS (SELECT 1 FROM records AS found WHERE found.key = kept.key)",
      );
      this.#insert = this.#database.prepare(
        "INSERT INTO records (revision, state, expires_at, generation, obtained_by, body, key) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
      );
      this.#update = this.#database.prepare(
        "UPDATE records SET revision = ?, state = ?, expires_at = ?, generation = ?, obtained_by = ?, body = ? WHERE key = ? AND revision = ?",
      );
      this.#length = this.#database.prepare("SELECT length(body) AS bytes FROM records WHERE key = ?");
      this.#remove = this.#database.prepare("DELETE FROM records WHERE key = ?");
      this.#keys = this.#database.prepare("SELECT key FROM records ORDER BY key");
      this.#place = lstatSync(this.path);
    } catch (error) {
      this.#database.close();
      throw sqliteFailure(error, this.path);
    }
  }

  /**
   * A file that was replaced stays open here, out of everybody else's sight. As long as it is open, its number is given to no other file.
   * @throws BrokerAuthError `store_unavailable`
   */
  requireInPlace(): void {
    const found = lstatSync(this.path, { throwIfNoEntry: false });
    if (found?.ino === this.#place.ino && found.dev === this.#place.dev) return;
    throw new BrokerAuthError(
      "store_unavailable",
      `${this.path} was ${found === undefined ? "removed" : "replaced"} while this program had it open; nothing was read or written`,
      {
        action:
          "Put the store's directory back, or restart every program that uses it: they then go on with what stands there.",
      },
    );
  }

  read(key: RecordKey): StoredRecord | undefined {
    const row = this.#select.get(key);
    if (row === undefined) {
      this.#requireWholeIndex();
      return undefined;
    }
    return storedRecord(row, this.path);
  }

  // A damaged index hides records that are there. Taken for absent, an account would log in anew and forget what was refused. It costs a look at
  // every record, so it is made once: a file that was whole when it was opened is not damaged by those who write it.
  #requireWholeIndex(): void {
    if (this.#isWhole) return;
    if (this.#hidden.get() !== undefined) throw damaged(this.path);
    this.#isWhole = true;
  }

  /**
   * In one transaction, and so with one wait for the disk. What is wrong with one of them is no reason to refuse the others. Where it throws,
   * nothing was written.
   */
  swapAll(swaps: readonly Swap[]): readonly SwapResult[] {
    if (swaps.length === 1) return swaps.map((swap) => this.#swap(swap));
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const results = swaps.map((swap) => this.#swapIfWritable(swap));
      this.#database.exec("COMMIT");
      return results;
    } catch (error) {
      try {
        this.#database.exec("ROLLBACK");
      } catch {
        // Some failures have ended the transaction already.
      }
      throw error;
    }
  }

  #swapIfWritable(swap: Swap): SwapResult {
    try {
      return this.#swap(swap);
    } catch (error) {
      if (!isAboutOneRecord(error)) throw error;
      return { reason: sqliteFailure(error, this.path) };
    }
  }

  #swap({ key, expected, next: { revision, header, body } }: Swap): SwapOutcome {
    const before = header.state === "logged_in" || expected === 0 ? 0 : Number(this.#length.get(key)?.["bytes"] ?? 0);
    const values = [revision, header.state, header.expiresAt, header.generation, header.obtainedBy, body, key] as const;
    const result = expected === 0 ? this.#insert.run(...values) : this.#update.run(...values, expected);
    if (result.changes !== 1) return "lost";
    return body.byteLength + leastTakenBytes <= before ? "shorter" : "written";
  }

  remove(key: RecordKey): void {
    this.#remove.run(key);
  }

  keys(): RecordKey[] {
    return this.#keys.all().map((row) => String(row["key"]));
  }

  /** Takes the log in and makes it empty. False while another connection is reading or writing: it can be asked again. */
  emptyLog(): boolean {
    try {
      return this.#database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"] === 0;
    } catch (error) {
      // What was written is safe in either file.
      return !isBusy(error);
    }
  }

  close(): void {
    this.#database.close();
  }

  #prepareSchema(): void {
    this.#database.exec("BEGIN");
    const before = this.#form();
    this.#database.exec("COMMIT");
    this.#setUp();
    if (before === "ours") return;
    this.#database.exec("BEGIN IMMEDIATE");
    // Another process may have been faster. One that dies here leaves an empty file, which the next one begins anew.
    if (this.#form() === "empty") {
      this.#database.exec(`CREATE TABLE records (
          key TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL, state TEXT NOT NULL, expires_at REAL NOT NULL,
          generation INTEGER NOT NULL, obtained_by TEXT NOT NULL, body BLOB NOT NULL) STRICT;
        PRAGMA application_id = ${applicationId};
        PRAGMA user_version = ${schemaVersion}`);
    }
    this.#database.exec("COMMIT");
  }

  // Called within a transaction: looked at one by one, the marks of a file that another process is just making would not fit together.
  #form(): "ours" | "empty" {
    const version = this.#pragma("user_version");
    if (this.#pragma("application_id") === applicationId) {
      if (version > schemaVersion) {
        throw new BrokerAuthError(
          "store_version",
          `${this.path} was written by a newer version (${version}, this program knows ${schemaVersion})`,
        );
      }
      if (version < schemaVersion) throw damaged(this.path);
      return "ours";
    }
    const foreign = version !== 0 || this.#pragma("application_id") !== 0 || this.#pragma("schema_version") !== 0;
    if (foreign)
      throw new BrokerAuthError("store_corrupt", `${this.path} is a database of another program; it was left as it is`);
    return "empty";
  }

  // Full synchronisation: an attempt that is not on the disk before its factor leaves could be sent twice after a power loss.
  #setUp(): void {
    this.#database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON",
    );
  }

  #pragma(name: string): number {
    return Number(Object.values(this.#database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
  }
}

/** The file with the records of a store. */
function recordsPath(directory: string): string {
  return join(directory, "sessions.db");
}

/**
 * Reads a record where the disk takes no writes, so that a program which starts there still has its session. In WAL mode SQLite writes files of
 * its own even to read, unless it may take the database as unchangeable. That is true as long as nobody has a log open beside it.
 * @returns undefined when that cannot be known, and then nothing was read
 */
export function readFrozen(
  directory: string,
  key: RecordKey,
): { readonly record: StoredRecord | undefined } | undefined {
  const path = recordsPath(directory);
  try {
    const before = frozenState(path);
    if (before === undefined) return undefined;
    const address = pathToFileURL(path);
    address.searchParams.set("immutable", "1");
    const database = new DatabaseSync(address.href, { readOnly: true });
    try {
      const row = database.prepare(select).get(key);
      const record = row === undefined ? undefined : storedRecord(row, path);
      return frozenState(path) === before ? { record } : undefined;
    } finally {
      database.close();
    }
  } catch {
    // Whoever asks has a better error: why the store could not be opened for writing.
    return undefined;
  }
}

// The same text before and after means that nothing was written meanwhile; undefined while a writer may be at work.
function frozenState(path: string): string | undefined {
  const log = lstatSync(`${path}-wal`, { throwIfNoEntry: false });
  if (log !== undefined && log.size > 0) return undefined;
  const { ino, size, mtimeNs } = lstatSync(path, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}

// Damage may turn a value into one of another type.
function storedRecord(row: Record<string, unknown>, path: string): StoredRecord {
  const { revision, state, expires_at: expiresAt, generation, obtained_by: obtainedBy, body } = row;
  const numbers = [revision, expiresAt, generation].every((value) => typeof value === "number");
  const texts = [state, obtainedBy].every((value) => typeof value === "string");
  if (!numbers || !texts || !(body instanceof Uint8Array)) throw damaged(path);
  return { revision, header: { state, expiresAt, generation, obtainedBy } as RecordHeader, body } as StoredRecord;
}
