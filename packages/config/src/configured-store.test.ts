import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { type BrokerAuthError, createBrokerAuth, type TokenStore } from "@x/core";
import { nubra } from "@x/nubra";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { postgresProgram, startPostgres } from "../../stores/src/testing/postgres-server.ts";
import { redisProgram, startRedis } from "../../stores/src/testing/redis-server.ts";
import { freePort, isMissing } from "../../stores/src/testing/server-program.ts";
import { loadConfig } from "./configuration.ts";

const key = randomBytes(32).toString("base64");
const noRedis = isMissing(redisProgram);
const noPostgres = isMissing(postgresProgram);

async function load(store: unknown, env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "broker-auth-config-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const accounts = { main: { broker: "nubra", phone: { env: "NUBRA_PHONE" } } };
  writeFileSync(join(folder, "broker-auth.json"), JSON.stringify({ accounts, store }));
  const variables = { NUBRA_PHONE: "9000000001", STORE_KEY: key, ...env };
  return loadConfig(join(folder, "broker-auth.json"), { brokers: [nubra], env: variables, envFile: false });
}

async function storeOf(given: unknown, env: Readonly<Record<string, string>> = {}): Promise<TokenStore> {
  const { store } = await load(given, env);
  if (store === undefined) throw new Error("the configuration has no store");
  onTestFinished(() => store.close());
  return store;
}

async function failureOf(work: Promise<unknown>): Promise<BrokerAuthError> {
  return work.then(
    () => expect.unreachable("it was expected to fail"),
    (error: unknown) => error as BrokerAuthError,
  );
}

const url = { env: "STORE_URL" };

describe("a configuration that names a store", () => {
  it("has none where it names none", async () => {
    expect((await load(undefined)).store).toBeUndefined();
  });

  it.skipIf(noRedis)(
    `keeps sessions sealed in Redis, connects at the first use and ends with the engine${noRedis ? " (not run: redis-server is not installed)" : ""}`,
    async () => {
      const server = await startRedis();
      onTestFinished(() => server.end());
      const { store, ...configuration } = await load({ redis: { url, prefix: "desk" } }, { STORE_URL: server.url });
      expect(await server.command("INFO", "clients")).toMatch(/connected_clients:1\b/);
      if (store === undefined) throw new Error("the configuration has no store");
      const auth = createBrokerAuth({ ...configuration, store });
      await auth.unlock("main");
      expect((await auth.status("main")).state).toBe("logged_out");
      await auth.close();
      await vi.waitFor(async () => expect(await server.command("INFO", "clients")).toMatch(/connected_clients:1\b/));
      const again = createBrokerAuth({ ...configuration, store });
      expect((await again.status("main")).state).toBe("logged_out");
      await again.close();
      const names = (await server.command("KEYS", "*")) as string[];
      expect(names.length).toBe(2);
      for (const name of names) expect(name).toMatch(/^\{desk:[0-9a-f]{64}\}$/);
    },
  );

  it.skipIf(noPostgres)(
    `keeps sessions in PostgreSQL, and makes its table where it is told to${noPostgres ? " (not run: postgresql is not installed)" : ""}`,
    { timeout: 60_000 },
    async () => {
      const server = await startPostgres();
      onTestFinished(() => server.end());
      const postgres = { url, table: "desk" };
      const without = await storeOf({ postgres }, { STORE_URL: server.url });
      expect(await failureOf(without.read("a".repeat(64)))).toMatchObject({ code: "configuration", field: "table" });
      const store = await storeOf({ postgres: { ...postgres, migrate: true } }, { STORE_URL: server.url });
      expect(await store.read("a".repeat(64))).toBeUndefined();
      expect(await server.command("SELECT count(*)::int AS records FROM desk")).toEqual([{ records: 1 }]);
    },
  );

  it.skipIf(noRedis || noPostgres)(
    `says what stands in the way at the first use, without the address or the password${noRedis || noPostgres ? " (not run: a server is not installed)" : ""}`,
    { timeout: 60_000 },
    async () => {
      const redisServer = await startRedis(["--requirepass right-password"], "right-password");
      onTestFinished(() => redisServer.end());
      const closed = await freePort();
      const timeoutMs = 1_000;
      const wrong = {
        password: { redis: { url: `redis://:hunter2@127.0.0.1:${redisServer.port}`, timeoutMs } },
        redis: { redis: { url: `redis://:hunter2@127.0.0.1:${closed}`, timeoutMs } },
        tls: { redis: { url: `rediss://:hunter2@127.0.0.1:${redisServer.port}`, timeoutMs } },
        postgres: { postgres: { url: `postgres://owner:hunter2@127.0.0.1:${closed}/postgres`, timeoutMs } },
      };
      const said: Record<string, string> = {};
      for (const [what, given] of Object.entries(wrong)) {
        const store = await storeOf(given);
        const failure = await failureOf(store.read("a".repeat(64)));
        expect(failure.code, what).toBe("store_unavailable");
        said[what] = failure.message;
        expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(/hunter2|127\.0\.0\.1/);
      }
      expect(said).toEqual({
        password: "Redis refused the user or the password",
        redis: "Redis cannot be reached",
        // It does not answer the beginning of TLS at all.
        tls: "Redis did not answer within 1000 ms",
        postgres: "PostgreSQL cannot be reached",
      });
    },
  );

  it.each<[string, unknown, string]>([
    ["no store at all", {}, "store"],
    ["two stores", { redis: { url }, postgres: { url } }, "store"],
    ["one that nobody knows", { mongo: { url } }, "store"],
    ["a text", "redis://127.0.0.1", "store"],
    ["no address", { redis: {} }, "store.redis.url"],
    ["an address that is none", { redis: { url: "hunter2" } }, "store.redis.url"],
    ["an address of another kind", { redis: { url: "https://hunter2" } }, "store.redis.url"],
    ["an option that nobody knows", { redis: { url, host: "hunter2" } }, "store.redis"],
    ["a wrong option", { redis: { url, prefix: "*" } }, "store.redis.prefix"],
    ["a wrong table", { postgres: { url, table: "a;b" } }, "store.postgres.table"],
    ["a variable that is not set", { redis: { url: { env: "NOT_SET" } } }, "store.redis.url"],
    ["a key that is not there", { redis: { url }, key: { env: "NOT_SET" } }, "store.key"],
    ["another word for plaintext", { redis: { url }, plaintext: true }, "store.plaintext"],
  ])("is told the path of what is wrong, and no value: %s", async (_what, given, field) => {
    const failure = await failureOf(load(given, { STORE_URL: "redis://127.0.0.1" }));
    expect(failure).toMatchObject({ code: "configuration", field });
    expect(inspect(failure, { depth: 9 })).not.toContain("hunter2");
  });

  it.each([
    ["redis", { redis: { url } }],
    ["pg", { postgres: { url } }],
  ])("says which package to install where there is none: %s", async (name, given) => {
    vi.doMock(name, () => {
      throw Object.assign(new Error(`Cannot find package '${name}'`), { code: "ERR_MODULE_NOT_FOUND" });
    });
    onTestFinished(() => vi.doUnmock(name));
    expect(await failureOf(load(given, { STORE_URL: "redis://127.0.0.1" }))).toMatchObject({
      code: "configuration",
      field: "store",
      action: `Install it beside @x/config: npm install ${name}`,
    });
  });
});
