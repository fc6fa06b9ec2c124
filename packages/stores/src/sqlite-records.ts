import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { BrokerAuthError, type RecordHeader, type RecordKey, type StoredRecord } from "@x/core";
import { openPrivateFile } from "./private-directory.ts";
import { sqliteFailure } from "./sqlite-failure.ts";

const schemaVersion = 1;
// "bauth" in ASCII, cut to the 31 bits that SQLite keeps: tells our file from any other database.
const applicationId = 0x62617574;

interface RecordRow {
  readonly revision: number;
  readonly state: RecordHeader["state"];
  readonly expires_at: number;
  readonly generation: number;
  readonly obtained_by: RecordHeader["obtainedBy"];
  readonly body: Uint8Array;
}

/** The records' table. Every method is one short transaction and may meet a busy database. */
export class SqliteRecords {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #remove: StatementSync;
  readonly #keys: StatementSync;
  readonly #dataVersion: StatementSync;

  /** @throws BrokerAuthError `store_unavailable`, `store_corrupt`, `store_version`; nothing is changed then */
  constructor(directory: string) {
    this.path = join(directory, "sessions.db");
    openPrivateFile(this.path);
    try {
      // Waiting is done outside, without blocking the event loop.
      this.#database = new DatabaseSync(this.path, { timeout: 0 });
    } catch (error) {
      throw sqliteFailure(error, this.path);
    }
    try {
      this.#prepareSchema();
      this.#select = this.#database.prepare(
        "SELECT revision, state, expires_at, generation, obtained_by, body FROM records WHERE key = ?",
      );
      this.#insert = this.#database.prepare(
        "INSERT INTO records (revision, state, expires_at, generation, obtained_by, body, key) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
      );
      this.#update = this.#database.prepare(
        "UPDATE records SET revision = ?, state = ?, expires_at = ?, generation = ?, obtained_by = ?, body = ? WHERE key = ? AND revision = ?",
      );
      this.#remove = this.#database.prepare("DELETE FROM records WHERE key = ?");
      this.#keys = this.#database.prepare("SELECT key FROM records ORDER BY key");
      this.#dataVersion = this.#database.prepare("PRAGMA data_version");
    } catch (error) {
      this.#database.close();
      throw sqliteFailure(error, this.path);
    }
  }

  read(key: RecordKey): StoredRecord | undefined {
    const row = this.#select.get(key) as unknown as RecordRow | undefined;
    if (row === undefined) return undefined;
    const { revision, state, expires_at: expiresAt, generation, obtained_by: obtainedBy, body } = row;
    return { revision, header: { state, expiresAt, generation, obtainedBy }, body };
  }

  swap(key: RecordKey, expected: number, { revision, header, body }: StoredRecord): boolean {
    const values = [revision, header.state, header.expiresAt, header.generation, header.obtainedBy, body, key] as const;
    const result = expected === 0 ? this.#insert.run(...values) : this.#update.run(...values, expected);
    return result.changes === 1;
  }

  remove(key: RecordKey): void {
    this.#remove.run(key);
  }

  keys(): RecordKey[] {
    return this.#keys.all().map((row) => String(row["key"]));
  }

  /** Changes whenever another connection has written. */
  dataVersion(): number {
    return Number(this.#dataVersion.get()?.["data_version"]);
  }

  close(): void {
    this.#database.close();
  }

  #prepareSchema(): void {
    const version = this.#pragma("user_version");
    if (version > schemaVersion) {
      throw new BrokerAuthError(
        "store_version",
        `${this.path} was written by a newer version (${version}, this program knows ${schemaVersion})`,
      );
    }
    if (version === schemaVersion) return this.#setUp();
    const foreign = this.#pragma("application_id") !== 0 || this.#pragma("schema_version") !== 0;
    if (foreign)
      throw new BrokerAuthError("store_corrupt", `${this.path} is a database of another program; it was left as it is`);
    this.#setUp();
    // One transaction: a process that dies here leaves an empty file, which the next one begins anew.
    this.#database.exec(`BEGIN IMMEDIATE;
      CREATE TABLE IF NOT EXISTS records (
        key TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL, state TEXT NOT NULL, expires_at INTEGER NOT NULL,
        generation INTEGER NOT NULL, obtained_by TEXT NOT NULL, body BLOB NOT NULL) STRICT;
      PRAGMA application_id = ${applicationId};
      PRAGMA user_version = ${schemaVersion};
      COMMIT`);
    return undefined;
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
