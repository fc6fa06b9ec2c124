import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { BrokerAuthError, type RecordKey, type TokenStore } from "@x/core";
import { Leases } from "./lease.ts";
import { requireKnownOptions, requireSpan, wrong } from "./option-names.ts";
import { type PlaintextOptions, plaintextRule } from "./plaintext-rule.ts";
import { PostgresBell } from "./postgres-bell.ts";
import { aborted } from "./lock-waits.ts";
import { isMadeMeanwhile, passes, postgresFailure } from "./postgres-failure.ts";
import type { PostgresPool, PostgresValue } from "./postgres-pool.ts";
import { statementsOn } from "./postgres-statements.ts";
import { headerText, readHeader, readStored, requireSize } from "./stored-fields.ts";
import { withinTime } from "./time-limit.ts";

export interface PostgresTableOptions {
  /** Name of the table, with its schema where it is not on the search path: `trading.sessions`. Default `broker_auth`. */
  readonly table?: string | undefined;
}

export interface PostgresStoreOptions extends PostgresTableOptions, PlaintextOptions {
  /** How long one call may take, in milliseconds, making a connection included. Default 4,000: less than the engine waits. */
  readonly timeoutMs?: number | undefined;
  /** After how many milliseconds the lock of a dead program is free. Renewed every third of it. Default 30,000. */
  readonly leaseMs?: number | undefined;
}

const place = "PostgreSQL";
const lockSuffix = ":lock";
const firstPauseMs = 20;
const longestPauseMs = 250;

/** The statement that makes the store's table, for whoever keeps migrations elsewhere. @throws BrokerAuthError `configuration` for a wrong name */
export function migrationSql({ table }: PostgresTableOptions = {}): string {
  return `${statementsOn(requireTable(table)).create};\n`;
}

/**
 * Makes the store's table where it is not there. May be called at every start.
 * @throws BrokerAuthError `store_unavailable`, or `configuration` for a wrong name
 */
export async function migrate(pool: PostgresPool, { table }: PostgresTableOptions = {}): Promise<void> {
  requirePool(pool);
  const text = statementsOn(requireTable(table)).create;
  const create = (): Promise<unknown> => ask(pool, { timeoutMs: 4_000 }, text, []);
  await create()
    .catch((error: unknown) => {
      if (isMadeMeanwhile(error)) return create();
      throw error;
    })
    .catch((error: unknown) => {
      throw postgresFailure(error, place);
    });
}

/**
 * A store for programs on several machines, in PostgreSQL. Takes a `Pool` of the package `pg` that was made by its owner, and is ended by it:
 * `close()` leaves it open. Works through a pooler of transactions such as PgBouncer. Where the pool has no listener for `error`, one that does
 * nothing is added, because without one a lost connection ends the process. `migrate(pool)` makes its table.
 * @throws BrokerAuthError `configuration` for a wrong option
 */
export function postgresStore(pool: PostgresPool, options: PostgresStoreOptions = {}): TokenStore {
  requirePool(pool);
  requireKnownOptions(options, ["table", "timeoutMs", "leaseMs", "plaintext"]);
  const statements = statementsOn(requireTable(options.table));
  const timeoutMs = requireSpan("timeoutMs", options.timeoutMs ?? 4_000, 1);
  const leaseMs = requireSpan("leaseMs", options.leaseMs ?? 30_000, 300);
  if (pool.listenerCount("error") === 0) pool.on("error", () => undefined);
  const callFor = async (signal: AbortSignal | undefined, text: string, ...values: PostgresValue[]): Promise<Rows> => {
    try {
      return await ask(pool, { timeoutMs, signal }, text, values);
    } catch (error) {
      throw postgresFailure(error, place);
    }
  };
  const call = (text: string, ...values: PostgresValue[]): Promise<Rows> => callFor(undefined, text, ...values);

  const bell = new PostgresBell(async (keys) => {
    const rows = await call(statements.held, keys.map(lockKey));
    return new Set(rows.map(({ key }) => String(key).slice(0, -lockSuffix.length)));
  });
  const leases = new Leases(
    {
      take: async (key, token, signal) =>
        (await callFor(signal, statements.take, lockKey(key), token, `${leaseMs}`)).length === 1 ? 0 : leaseMs,
      renew: async (key, token) => (await call(statements.renew, lockKey(key), token, `${leaseMs}`)).length === 1,
      release: async (key, token) => void (await call(statements.release, lockKey(key), token)),
    },
    { leaseMs, place, bell },
  );

  return plaintextRule(
    {
      scope: "network",
      place,
      async read(key) {
        const [row] = await call(statements.read, key);
        if (row === undefined) return undefined;
        const stored = readStored(row["revision"], row["header"], row["body"]);
        if (stored === undefined) throw damaged();
        return stored;
      },
      async readHeader(key) {
        const [row] = await call(statements.readHeader, key);
        if (row === undefined) return undefined;
        const header = readHeader(row["header"]);
        if (header === undefined) throw damaged();
        return header;
      },
      async swap(key, expected, { revision, header, body }) {
        requireSize(body, place);
        const writer = randomBytes(12).toString("base64url");
        // The caller's bytes may change before they are sent.
        const values = [key, writer, `${revision}`, headerText(header), Buffer.from(body)];
        const rows = await (expected === 0
          ? call(statements.insert, ...values)
          : call(statements.update, ...values, `${expected}`));
        return rows.length === 1;
      },
      lock: (key, wait) => leases.lock(key, wait),
      async *keys() {
        for (const { key } of await call(statements.keys)) yield String(key);
      },
      async purge(key) {
        await call(statements.purge, key);
      },
      // Nothing of its own is open between two calls.
      async close() {},
    },
    options,
  );
}

function lockKey(key: RecordKey): string {
  return `${key}${lockSuffix}`;
}

type Rows = readonly Readonly<Record<string, unknown>>[];

interface Asking {
  readonly timeoutMs: number;
  /** Fires when the caller has given up. */
  readonly signal?: AbortSignal | undefined;
}

// A connection that broke leaves open what became of the statement. Each of ours may be repeated: it knows what it has done.
async function ask(
  pool: PostgresPool,
  { timeoutMs, signal }: Asking,
  text: string,
  values: PostgresValue[],
): Promise<Rows> {
  const until = performance.now() + timeoutMs;
  let broken: unknown;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const leftMs = Math.max(Math.ceil(until - performance.now()), 1);
    try {
      const rows = await withinTime(
        () => send(pool, { until, signal }, text, values),
        leftMs,
        () => silent(timeoutMs),
      );
      if (rows !== undefined) return rows;
    } catch (error) {
      if (!passes(error) || performance.now() + pauseMs >= until) throw error;
      broken = error;
      await pause(pauseMs);
      continue;
    }
    throw broken ?? (signal?.aborted ? aborted() : silent(timeoutMs));
  }
}

// The pool may have a connection long after the caller has given up. Nothing is sent then: a lock that is taken so is nobody's.
async function send(
  pool: PostgresPool,
  { until, signal }: { readonly until: number; readonly signal: AbortSignal | undefined },
  text: string,
  values: PostgresValue[],
): Promise<Rows | undefined> {
  const connection = await pool.connect();
  const leftMs = until - performance.now();
  if (leftMs <= 0 || signal?.aborted) {
    connection.release();
    return undefined;
  }
  // Nobody else listens while it is lent, and without a listener a lost connection ends the process. The query fails with it.
  connection.on("error", ignored);
  let failure: unknown;
  try {
    // The connection's own limit comes a little later. It ends the connection, which would else be taken for a free one.
    const { rows } = await connection.query({ text, values, query_timeout: Math.ceil(leftMs) + 50 });
    return rows as Rows;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    connection.removeListener("error", ignored);
    // As the pool does it by itself: one that failed is not lent again.
    connection.release(failure as Error | undefined);
  }
}

function ignored(): void {
  // What was asked on it fails as well.
}

function requireTable(table: unknown = "broker_auth"): string {
  if (typeof table === "string" && /^(?:[a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,62}$/.test(table)) return table;
  throw wrong("table", "must be a name of small letters, digits and _, such as broker_auth or trading.sessions");
}

function requirePool(pool: unknown): void {
  const given = pool as Partial<PostgresPool> | null | undefined;
  const names = ["connect", "on", "listenerCount"] as const;
  if (names.every((name) => typeof given?.[name] === "function")) return;
  throw wrong("pool", "must be a Pool of the package pg: postgresStore(new Pool({ connectionString }))");
}

function silent(timeoutMs: number): BrokerAuthError {
  return new BrokerAuthError("store_unavailable", `${place} did not answer within ${timeoutMs} ms`);
}

function damaged(): BrokerAuthError {
  return new BrokerAuthError(
    "store_corrupt",
    `${place} holds a record that is damaged or of another program; it was left as it is`,
    { action: "Give the store a table of its own, or restore the record from a backup." },
  );
}
