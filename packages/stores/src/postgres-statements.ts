/** The statements of a store on one table. Each change is one statement, so it needs no transaction of its own, and no state of a connection. */
export interface PostgresStatements {
  readonly create: string;
  readonly read: string;
  readonly readHeader: string;
  readonly insert: string;
  readonly update: string;
  readonly purge: string;
  readonly keys: string;
  /** Of these keys of locks, those that are held. */
  readonly held: string;
  readonly take: string;
  readonly renew: string;
  readonly release: string;
}

// What a swap was told is on the disk, also where the server or the user's role does not wait for it. Nothing stronger is weakened.
const durably = `set_config('synchronous_commit',
  CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)`;
// A lock that a crash of the server forgets costs a login at most, so nobody waits for the disk, or for a replica.
const atOnce = "set_config('synchronous_commit', 'off', true)";
// The server's clock as it is now, not as it was before a row had to be waited for.
const leaseEnd = "clock_timestamp() + $3::float8 * interval '1 millisecond'";

/** @param table a name that was checked */
export function statementsOn(table: string): PostgresStatements {
  return {
    // A record's row has a revision, a lock's row a holder: no row is rewritten with a record in it while its lock is renewed. A record of some
    // kilobytes stays in its row, and its next version finds room on the same page: a swap writes nothing to a second table and no index.
    create: `CREATE TABLE IF NOT EXISTS ${table} (
  key text PRIMARY KEY,
  revision bigint,
  header jsonb,
  body bytea,
  writer text,
  holder text,
  held_until timestamptz
) WITH (toast_tuple_target = 8160, fillfactor = 50)`,
    read: `SELECT revision::text AS revision, header::text AS header, body FROM ${table} WHERE key = $1 AND revision IS NOT NULL`,
    readHeader: `SELECT header::text AS header FROM ${table} WHERE key = $1 AND revision IS NOT NULL`,
    // A write that was repeated is told by its writer, and changes nothing.
    insert: `INSERT INTO ${table} AS t (key, writer, revision, header, body) VALUES ($1, $2, $3::bigint, $4::jsonb, $5::bytea)
  ON CONFLICT (key) DO UPDATE SET writer = t.writer WHERE t.writer = EXCLUDED.writer RETURNING ${durably}`,
    update: `UPDATE ${table} SET writer = $2, revision = $3::bigint, header = $4::jsonb, body = $5::bytea
  WHERE key = $1 AND (revision = $6::bigint OR (writer = $2 AND revision = $3::bigint)) RETURNING ${durably}`,
    purge: `DELETE FROM ${table} WHERE key = $1 RETURNING ${durably}`,
    keys: `SELECT key FROM ${table} WHERE revision IS NOT NULL`,
    held: `SELECT key FROM ${table} WHERE key = ANY($1::text[]) AND held_until > clock_timestamp()`,
    // Looked at before it is tried: a row that somebody holds is not even locked.
    take: `INSERT INTO ${table} AS t (key, holder, held_until) SELECT $1, $2, ${leaseEnd}
  WHERE NOT EXISTS (SELECT FROM ${table} WHERE key = $1 AND holder <> $2 AND held_until > clock_timestamp())
  ON CONFLICT (key) DO UPDATE SET holder = EXCLUDED.holder, held_until = ${leaseEnd}
  WHERE t.holder = EXCLUDED.holder OR t.held_until <= clock_timestamp() RETURNING ${atOnce}`,
    renew: `UPDATE ${table} SET held_until = ${leaseEnd} WHERE key = $1 AND holder = $2 RETURNING ${atOnce}`,
    release: `DELETE FROM ${table} WHERE key = $1 AND holder = $2 RETURNING ${atOnce}`,
  };
}
