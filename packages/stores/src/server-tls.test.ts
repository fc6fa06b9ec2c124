import { inspect } from "node:util";
import type { BrokerAuthError, TokenStore } from "@x/core";
import { Pool, type PoolConfig } from "pg";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { postgresStore } from "./postgres-store.ts";
import { redisStore } from "./redis-store.ts";
import { makeCertificates, type TestCertificates } from "./testing/certificates.ts";
import { type PostgresServer, postgresProgram, startPostgres } from "./testing/postgres-server.ts";
import { type RedisServer, redisProgram, startRedis } from "./testing/redis-server.ts";
import { key, record, textIn } from "./testing/sample.ts";
import { findProgram, freePort, isMissing } from "./testing/server-program.ts";

const openssl = findProgram("openssl");
const plaintext = "i-understand";
const timeoutMs = 2_000;
const notTrusted = "showed a certificate that is not trusted";

/** What a store says about its server, and how long that took. Nothing of the server's address or password may be in it. */
async function complaint(store: TokenStore): Promise<readonly [message: string, action: string]> {
  const started = performance.now();
  let failure: BrokerAuthError | undefined;
  await store.read(key(1)).catch((error: unknown) => (failure = error as BrokerAuthError));
  if (failure === undefined) throw new Error("it was expected to fail");
  // A machine that runs other tests as well is a slow one; what must not be is a hang.
  expect(performance.now() - started).toBeLessThan(timeoutMs * 4);
  expect(failure.code).toBe("store_unavailable");
  expect(inspect(failure, { depth: 9, showHidden: true }) + JSON.stringify(failure)).not.toMatch(
    /hunter2|127\.0\.0\.1/,
  );
  return [failure.message, failure.action];
}

function redisAt(url: string, socket: object): TokenStore {
  const client = createClient({ url, socket: { reconnectStrategy: 50, ...socket } });
  onTestFinished(() => client.destroy());
  client.on("error", () => undefined);
  // It settles only once there is a connection.
  client.connect().catch(() => undefined);
  return redisStore(client, { plaintext, timeoutMs });
}

const noRedis = isMissing(redisProgram) || isMissing(openssl);
describe.skipIf(noRedis)(`Redis by TLS${noRedis ? " (not run: redis-server or openssl is not installed)" : ""}`, () => {
  let certificates: TestCertificates;
  let server: RedisServer;
  let port: number;
  beforeAll(async () => {
    certificates = makeCertificates();
    port = await freePort();
    server = await startRedis([
      `--tls-port ${port}`,
      `--tls-cert-file ${certificates.certificateFile}`,
      `--tls-key-file ${certificates.keyFile}`,
      `--tls-ca-cert-file ${certificates.authorityFile}`,
      "--tls-auth-clients no",
    ]);
  }, 60_000);
  afterAll(async () => {
    await server.end();
    certificates.remove();
  });

  test("works with the authority that signed the server's certificate, the bell's own connection included", async () => {
    const [one, two] = [1, 2].map(() => redisAt(`rediss://127.0.0.1:${port}`, { ca: certificates.authority }));
    if (one === undefined || two === undefined) throw new Error("there is no store");
    expect(await one.swap(key(1), 0, record(1))).toBe(true);
    expect(await textIn(two, 1)).toBe("text of 1");
    const held = await one.lock(key(1), { waitMs: 0 });
    const next = two.lock(key(1), { waitMs: 10_000 });
    await held.release();
    await (await next).release();
  });

  test("an unknown authority, a certificate of another name, or a side that does not speak TLS is store_unavailable in time, and says what to do", async () => {
    const elsewhere = { ca: certificates.authority, servername: "elsewhere.example" };
    const ca = certificates.authority;
    expect(await complaint(redisAt(`rediss://:hunter2@127.0.0.1:${port}`, {}))).toEqual([
      `Redis ${notTrusted}`,
      expect.stringContaining("authority"),
    ]);
    expect((await complaint(redisAt(`rediss://:hunter2@127.0.0.1:${port}`, elsewhere)))[0]).toBe(`Redis ${notTrusted}`);
    // Such a server waits for the end of a line, which a greeting in TLS does not have.
    expect((await complaint(redisAt(`rediss://:hunter2@127.0.0.1:${server.port}`, { ca })))[0]).toMatch(
      /^Redis did not (?:answer within|agree on TLS)/,
    );
    expect((await complaint(redisAt(`redis://:hunter2@127.0.0.1:${port}`, {})))[0]).toMatch(
      /^Redis (?:cannot be reached|did not answer)/,
    );
  });
});

const noPostgres = isMissing(postgresProgram) || isMissing(openssl);
describe.skipIf(noPostgres)(
  `PostgreSQL by TLS${noPostgres ? " (not run: postgresql or openssl is not installed)" : ""}`,
  () => {
    let certificates: TestCertificates;
    let server: PostgresServer;
    beforeAll(async () => {
      certificates = makeCertificates();
      server = await startPostgres({
        ssl: "on",
        ssl_cert_file: certificates.certificateFile,
        ssl_key_file: certificates.keyFile,
      });
    }, 60_000);
    afterAll(async () => {
      await server.end();
      certificates.remove();
    });

    function storeAt(config: PoolConfig): TokenStore {
      const { port } = server;
      const login = { host: "127.0.0.1", port, user: "owner", password: "hunter2", database: "postgres" };
      const pool = new Pool({ ...login, max: 2, ...config });
      onTestFinished(() => pool.end());
      return postgresStore(pool, { plaintext, timeoutMs });
    }

    test("works with the authority that signed the server's certificate", async () => {
      const store = storeAt({ ssl: { ca: certificates.authority } });
      expect(await store.swap(key(1), 0, record(1))).toBe(true);
      expect(await textIn(store, 1)).toBe("text of 1");
      const encrypted = await server.command("SELECT count(*)::int AS n FROM pg_stat_ssl WHERE ssl");
      expect(encrypted).toEqual([{ n: 1 }]);
    });

    test("an unknown authority or a certificate of another name is store_unavailable in time, and says what to do", async () => {
      const ca = certificates.authority;
      for (const ssl of [{}, { ca, servername: "elsewhere.example", host: "elsewhere.example" }]) {
        const [message, action] = await complaint(storeAt({ ssl }));
        expect(message).toBe(`PostgreSQL ${notTrusted}`);
        expect(action).toContain("authority");
      }
    });
  },
);
