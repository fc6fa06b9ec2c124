import { inspect } from "node:util";
import { type BrokerAuthError, createBrokerAuth } from "@x/core";
import { nubra } from "@x/nubra";
import { Pool, type PoolConfig } from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { PostgresPool } from "./postgres-pool.ts";
import { migrate, migrationSql, postgresStore, type PostgresStoreOptions } from "./postgres-store.ts";
import { type PostgresServer, postgresProgram, startPostgres } from "./testing/postgres-server.ts";
import { codeOf, key, record, textIn } from "./testing/sample.ts";
import { freePort, isMissing } from "./testing/server-program.ts";

const missing = isMissing(postgresProgram);
const note = missing ? " (not run: postgresql is not installed)" : "";
const plaintext = "i-understand";

function poolOn(connectionString: string, more: PoolConfig = {}): Pool {
  const pool = new Pool({ connectionString, max: 4, ...more });
  onTestFinished(() => (pool.ended ? undefined : pool.end()));
  return pool;
}

function openOn(url: string, options: PostgresStoreOptions = {}) {
  return postgresStore(poolOn(url), { plaintext, timeoutMs: 800, ...options });
}

async function failureOf(work: Promise<unknown>): Promise<BrokerAuthError> {
  try {
    await work;
  } catch (error) {
    return error as BrokerAuthError;
  }
  throw new Error("it was expected to fail");
}

test("what is no pool or no option is a configuration error at once", async () => {
  const pool = poolOn("postgres://127.0.0.1");
  for (const wrong of [undefined, null, {}, "postgres://127.0.0.1", Pool]) {
    expect(await codeOf(() => postgresStore(wrong as never))).toBe("configuration");
    expect(await codeOf(() => migrate(wrong as never))).toBe("configuration");
  }
  for (const table of ["", "Sessions", "a b", "a;drop table b", "a.b.c", "x".repeat(64)]) {
    expect(await codeOf(() => postgresStore(pool, { table })), table).toBe("configuration");
    expect(await codeOf(() => migrationSql({ table })), table).toBe("configuration");
  }
  for (const options of [{ timeoutMs: -1 }, { leaseMs: 1.5 }, { connectionString: "postgres://127.0.0.1" }])
    expect(await codeOf(() => postgresStore(pool, options as never)), inspect(options)).toBe("configuration");
});

describe.skipIf(missing)(`a PostgreSQL store${note}`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.end());

  test("writes nothing in clear without the user's word", async () => {
    const store = postgresStore(poolOn(server.url));
    await expect(store.swap(key(7), 0, record(1))).rejects.toMatchObject({ code: "configuration", field: "plaintext" });
    expect(await server.command(`SELECT FROM broker_auth WHERE key = '${key(7)}'`)).toEqual([]);
  });

  test("has its table by migrate(), at every start, by several programs at once, in a schema too", async () => {
    const pool = poolOn(server.url);
    await server.command("CREATE SCHEMA trading");
    const options = { table: "trading.sessions" };
    await Promise.all(Array.from({ length: 4 }, () => migrate(pool, options)));
    const store = openOn(server.url, options);
    expect(await store.swap(key(1), 0, record(1))).toBe(true);
    await migrate(pool, options);
    expect(await textIn(store, 1)).toBe("text of 1");
  });

  test("says what to call where its table is not there, and makes none by surprise", async () => {
    const store = openOn(server.url, { table: "not_there" });
    const calls = [
      () => store.read(key(1)),
      () => store.swap(key(1), 0, record(1)),
      () => store.lock(key(1), { waitMs: 0 }),
    ];
    for (const call of calls)
      await expect(call()).rejects.toMatchObject({
        code: "configuration",
        field: "table",
        action: expect.stringContaining("migrate(pool)") as string,
      });
    expect(await server.command("SELECT to_regclass('not_there') AS found")).toEqual([{ found: null }]);
  });

  test("leaves a table of that name alone that is another program's", async () => {
    await server.command("CREATE TABLE shopping (key text PRIMARY KEY, item text)");
    const store = openOn(server.url, { table: "shopping" });
    expect(await codeOf(store.read(key(1)))).toBe("store_corrupt");
    expect(await codeOf(store.swap(key(1), 0, record(1)))).toBe("store_corrupt");
    expect(await server.command("SELECT * FROM shopping")).toEqual([]);
  });

  test.each([
    "header = NULL",
    "header = '{}'",
    "header = jsonb_set(header, '{state}', '\"asleep\"')",
    "header = jsonb_set(header, '{expiresAt}', '\"1930000000000\"')",
    "body = NULL",
    "revision = -1",
    "revision = 99999999999999999",
  ])("says store_corrupt for a record that was damaged: %s", async (damage) => {
    const store = openOn(server.url);
    await store.purge(key(3));
    await store.swap(key(3), 0, record(1));
    await server.command(`UPDATE broker_auth SET ${damage} WHERE key = '${key(3)}'`);
    expect(await codeOf(store.read(key(3)))).toBe("store_corrupt");
    const ofHeader = damage.startsWith("header") ? "store_corrupt" : "no error";
    expect(await codeOf(store.readHeader?.(key(3)) ?? Promise.resolve())).toBe(ofHeader);
  });

  test("has what it was told on the disk, also where the role does not wait for it", async () => {
    await server.command("ALTER ROLE owner SET synchronous_commit = off");
    onTestFinished(async () => void (await server.command("ALTER ROLE owner RESET synchronous_commit")));
    const pool = poolOn(server.url, { max: 1 });
    const store = postgresStore(pool, { plaintext });
    const unflushed = async (): Promise<unknown> =>
      (await pool.query("SELECT pg_current_wal_insert_lsn() - pg_current_wal_flush_lsn() AS bytes")).rows[0];
    await pool.query("CREATE TABLE counted (n int)");
    // So that the test would see it: this one is not on the disk yet. The server's own writer may come between, so more than once.
    const seen: unknown[] = [];
    for (let round = 0; round < 20; round++) {
      await pool.query("INSERT INTO counted VALUES (1)");
      seen.push(await unflushed());
    }
    expect(seen.some((row) => (row as { bytes: string }).bytes !== "0")).toBe(true);
    for (let revision = 1; revision <= 20; revision++) {
      await pool.query("INSERT INTO counted VALUES (1)");
      expect(await store.swap(key(4), revision - 1, record(revision))).toBe(true);
      expect(await unflushed()).toEqual({ bytes: "0" });
    }
    expect((await pool.query("SHOW synchronous_commit")).rows).toEqual([{ synchronous_commit: "off" }]);
  });

  test("takes a write whose answer was lost for its own when it is repeated", async () => {
    const pool = poolOn(server.url);
    let asked = 0;
    const losing: PostgresPool = {
      on: () => undefined,
      listenerCount: () => 1,
      async connect() {
        const connection = await pool.connect();
        return {
          on: connection.on.bind(connection),
          removeListener: connection.removeListener.bind(connection),
          release: connection.release.bind(connection),
          async query(query) {
            const answer = await connection.query(query);
            if (asked++ % 2 === 0) throw new Error("Connection terminated unexpectedly");
            return answer;
          },
        };
      },
    };
    const store = postgresStore(losing, { plaintext });
    expect(await store.swap(key(5), 0, record(1))).toBe(true);
    expect(await store.swap(key(5), 1, record(2))).toBe(true);
    expect(await store.swap(key(5), 1, record(2))).toBe(false);
    expect(await store.swap(key(5), 0, record(2))).toBe(false);
    const lock = await store.lock(key(5), { waitMs: 0 });
    expect(await codeOf(store.lock(key(5), { waitMs: 0 }))).toBe("store_busy");
    await lock.release();
    await (await store.lock(key(5), { waitMs: 0 })).release();
  });

  test("goes on after its connections were terminated by an administrator", async () => {
    const store = openOn(server.url, { timeoutMs: 4_000 });
    await store.swap(key(6), 0, record(1));
    const terminate =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
    for (let revision = 1; revision <= 5; revision++) {
      await server.command(terminate);
      expect(await store.swap(key(6), revision, record(revision + 1))).toBe(true);
    }
  });

  test("holds no connection while a lock is held, and leaves the pool open when it is closed", async () => {
    const pool = poolOn(server.url);
    const store = postgresStore(pool, { plaintext });
    const lock = await store.lock(key(8), { waitMs: 0 });
    expect(pool.totalCount - pool.idleCount).toBe(0);
    await lock.release();
    await store.close();
    expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });

  test("sends nothing for a caller who gave up while the pool had no connection, whatever ends the wait", async () => {
    const pool = poolOn(server.url, { max: 1 });
    const store = postgresStore(pool, { plaintext, timeoutMs: 300 });
    await store.swap(key(20), 0, record(1));
    const only = await pool.connect();
    const gone = new AbortController();
    const calls = [
      store.read(key(20)),
      store.swap(key(20), 1, record(2)),
      store.swap(key(21), 0, record(1)),
      store.lock(key(20), { waitMs: 1_000 }),
      store.purge(key(20)),
      Array.fromAsync(store.keys()),
    ].map(codeOf);
    const late = [
      codeOf(postgresStore(pool).lock(key(22), { waitMs: 30_000, signal: gone.signal })),
      codeOf(postgresStore(pool, { timeoutMs: 20_000 }).lock(key(23), { waitMs: 30_000, signal: gone.signal })),
    ];
    expect(await Promise.all(calls)).toEqual(calls.map(() => "store_unavailable"));
    gone.abort();
    expect(await Promise.all(late)).toEqual(["aborted", "aborted"]);
    const sent = vi.spyOn(only, "query");
    onTestFinished(() => sent.mockRestore());
    only.release();
    // In its turn, behind everything that waited.
    const last = await pool.connect();
    const texts = sent.mock.calls.map(([query]) => (query as unknown as { text: string }).text);
    last.release();
    // What may be left of a lock that was asked for is taken away, nothing else.
    expect(texts.filter((text) => !(text.startsWith("DELETE") && text.includes("holder = $2")))).toEqual([]);
    const found = "SELECT key FROM broker_auth WHERE split_part(key, ':', 1) = ANY($1)";
    expect((await pool.query(found, [[20, 21, 22, 23].map(key)])).rows).toEqual([{ key: key(20) }]);
    expect((await store.read(key(20)))?.revision).toBe(1);
  });

  test("gives a connection that broke back to the pool as broken, and leaves no listener on one that works", async () => {
    const pool = poolOn(server.url, { max: 1 });
    const store = postgresStore(pool, { plaintext, timeoutMs: 4_000 });
    await store.swap(key(24), 0, record(1));
    const [first, listeners] = await pool.connect().then((one) => {
      const counted = one.listenerCount("error");
      one.release();
      return [one, counted] as const;
    });
    await store.read(key(24));
    const again = await pool.connect();
    expect([again === first, again.listenerCount("error")]).toEqual([true, listeners]);
    const [{ pid } = { pid: 0 }] = (await again.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows;
    // The pool does not see it while the connection is lent.
    again.on("error", () => undefined);
    await server.command(`SELECT pg_terminate_backend(${pid})`);
    again.release();
    expect((await store.read(key(24)))?.revision).toBe(1);
    const other = await pool.connect();
    expect([other === first, pool.totalCount]).toEqual([false, 1]);
    other.release();
  });

  test("adds a listener for errors where there is none, and no second one", () => {
    const pool = poolOn(server.url);
    postgresStore(pool);
    postgresStore(pool);
    expect(pool.listenerCount("error")).toBe(1);
  });

  test("refuses a record that no server should be given", async () => {
    const large = { ...record(1), body: new Uint8Array(1_000_001) };
    expect(await failureOf(openOn(server.url).swap(key(9), 0, large))).toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining("too large") as string,
    });
  });

  test("says what is wrong with the login, the database, the rights, the address or TLS, and shows nothing of them", async () => {
    await server.command("CREATE ROLE reader LOGIN");
    await server.command("CREATE ROLE writer LOGIN");
    await server.command("ALTER ROLE writer SET default_transaction_read_only = on");
    await server.command("GRANT ALL ON broker_auth TO writer");
    const at = `127.0.0.1:${server.port}`;
    const addresses: Readonly<Record<string, string>> = {
      login: `postgres://nobody:hunter2@${at}/postgres`,
      database: `postgres://owner:hunter2@${at}/no_such_database`,
      rights: `postgres://reader:hunter2@${at}/postgres`,
      readOnly: `postgres://writer:hunter2@${at}/postgres`,
      tls: `postgres://owner:hunter2@${at}/postgres?sslmode=require`,
      down: `postgres://owner:hunter2@127.0.0.1:${await freePort()}/postgres`,
      host: "postgres://owner:hunter2@store.invalid/postgres",
    };
    const said: Record<string, string> = {};
    for (const [what, url] of Object.entries(addresses)) {
      const failure = await failureOf(openOn(url).swap(key(1), 0, record(1)));
      expect(failure.code, what).toBe("store_unavailable");
      expect(failure.action, what).not.toBe("");
      said[what] = failure.message;
      expect(inspect(failure, { depth: 9, showHidden: true }) + JSON.stringify(failure)).not.toMatch(
        /hunter2|127\.0\.0\.1|no_such|store\.invalid|5432/,
      );
    }
    expect(said).toEqual({
      login: "PostgreSQL refused the user or the password",
      database: "PostgreSQL has no database of that name",
      rights: "PostgreSQL does not allow its user what the store needs",
      readOnly: "PostgreSQL takes no writes: it is a replica, or set to read-only",
      tls: "PostgreSQL does not speak TLS",
      down: "PostgreSQL cannot be reached",
      host: expect.stringMatching(
        /has an address that no name server knows|cannot be reached|did not answer/,
      ) as string,
    });
  });
});

test.skipIf(missing)(
  `a PostgreSQL server that ends does not stop a program that has a live session: it goes on, and status() says that the store is away${note}`,
  async () => {
    const server = await startPostgres();
    onTestFinished(() => server.end());
    const { startSandbox, demoAccounts } = await import("@x/sandbox");
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const [{ phone, mpin, totpSecret } = { phone: "", mpin: "", totpSecret: "" }] = demoAccounts.nubra;
    const auth = createBrokerAuth({
      brokers: [nubra()],
      accounts: {
        main: { broker: "nubra", phone, mpin, totpSecret, environment: "sandbox", baseUrl: sandbox.nubra.url },
      },
      store: openOn(server.url),
      clock: { now: () => sandbox.clock.now(), sleep: async (ms: number) => sandbox.clock.advance(ms) },
    });
    const session = await auth.session("main");
    await server.stop();
    expect((await auth.session("main")).generation).toBe(session.generation);
    await expect(auth.status("main")).rejects.toMatchObject({ code: "store_unavailable", account: "main" });
    expect((await auth.fetch("main", "/userinfo")).status).toBe(200);
    await auth.close();
  },
  60_000,
);
