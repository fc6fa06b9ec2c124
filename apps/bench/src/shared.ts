import { randomBytes } from "node:crypto";
import type { StoredRecord, TokenStore } from "@x/core";
import { encrypted, storeKey } from "@x/stores/encrypted";
import { migrate, postgresStore } from "@x/stores/postgres";
import { redisStore } from "@x/stores/redis";
import { Pool } from "pg";
import { createClient } from "redis";
import { postgresProgram, startPostgres } from "../../../packages/stores/src/testing/postgres-server.ts";
import { redisProgram, startRedis } from "../../../packages/stores/src/testing/redis-server.ts";
import type { StoreAddress } from "../../../packages/stores/src/testing/store-address.ts";
import { atMost, type Bench, type Comparison, floor, ours, ratioAtMost } from "./bench.ts";
import { openLockHandOver } from "./lock-hand-over.ts";
import { directories, loginsTogether } from "./logins-together.ts";
import { loginTraffic } from "./login-traffic.ts";
import { microsecondsEach, takeTurns } from "./rounds.ts";
import { median } from "./sample.ts";

type Scale = "short" | "full";

const key = "c".repeat(64);
const plaintext = "i-understand";
const body = randomBytes(2_000);
const header = {
  state: "logged_in",
  expiresAt: 1_930_000_000_000,
  generation: 1_930_000_000_000,
  obtainedBy: "login",
} as const;
const headerText = JSON.stringify(header);
const conditionalWrite = `
if redis.call("HGET", KEYS[1], "revision") ~= ARGV[1] then return 0 end
redis.call("HSET", KEYS[1], "revision", ARGV[2], "header", ARGV[3], "body", ARGV[4])
return 1`;
const firstRevision = 1_930_000_000_000_000;

/** One round trip with the same bytes, by the client alone. Its write is as conditional as a swap: one that replaces whatever is there decides nothing. */
interface RawClient {
  read(): Promise<unknown>;
  /** Writes the revision after this one, where this one is there. */
  write(expected: number): Promise<boolean>;
  end(): Promise<void>;
}

export const shared: Bench = {
  name: "shared",
  measures: "stores for several machines against one round trip of their clients",
  async run({ scale, directory }) {
    const comparisons: Comparison[] = [];
    if (redisProgram !== undefined || process.env["CI"] === "true") comparisons.push(...(await onRedis(scale)));
    if (postgresProgram !== undefined || process.env["CI"] === "true") comparisons.push(...(await onPostgres(scale)));
    if (comparisons.length === 0) throw new Error("neither redis-server nor postgresql is installed");
    return [...comparisons, ...(await loginsTogether("SQLite", directories(directory), scale))];
  },
};

async function onRedis(scale: Scale): Promise<Comparison[]> {
  const server = await startRedis();
  try {
    const client = createClient({ url: server.url });
    await client.connect();
    const commands = client.withTypeMapping({ 36: Buffer });
    const sha = await client.scriptLoad(conditionalWrite);
    const raw: RawClient = {
      read: () => commands.hmGet("raw", ["revision", "header", "body"]),
      write: async (expected) =>
        (await client.evalSha(sha, {
          keys: ["raw"],
          arguments: [`${expected}`, `${expected + 1}`, headerText, body] as string[],
        })) === 1,
      end: async () => client.destroy(),
    };
    await client.hSet("raw", { revision: `${firstRevision}`, header: headerText, body });
    return [
      ...(await roundTrips(
        "Redis",
        redisStore(client, { plaintext }),
        redisStore(client, { prefix: "sealed" }),
        raw,
        scale,
      )),
      await handOver("Redis", { kind: "redis", url: server.url }, 5, scale),
      await loginTraffic("Redis", { kind: "redis", url: server.url, apart: "traffic" }),
      ...(await loginsTogether(
        "Redis",
        (round) => ({ kind: "redis", url: server.url, apart: `together-${round}` }),
        scale,
      )),
    ];
  } finally {
    await server.end();
  }
}

async function onPostgres(scale: Scale): Promise<Comparison[]> {
  const server = await startPostgres();
  try {
    const pool = new Pool({ connectionString: server.url, max: 4 });
    await migrate(pool, { table: "sealed" });
    await pool.query("CREATE TABLE raw (key text PRIMARY KEY, revision bigint, header jsonb, body bytea)");
    await pool.query("INSERT INTO raw VALUES ($1, $2, $3, $4)", [key, firstRevision, headerText, body]);
    const raw: RawClient = {
      read: () => pool.query("SELECT revision::text, header::text, body FROM raw WHERE key = $1", [key]),
      write: async (expected) => {
        const values = [key, expected + 1, headerText, body, expected];
        const { rowCount } = await pool.query(
          "UPDATE raw SET revision = $2, header = $3, body = $4 WHERE key = $1 AND revision = $5",
          values,
        );
        return rowCount === 1;
      },
      end: () => pool.end(),
    };
    const [plain, sealed] = [postgresStore(pool, { plaintext }), postgresStore(pool, { table: "sealed" })];
    return [
      ...(await roundTrips("PostgreSQL", plain, sealed, raw, scale)),
      await handOver("PostgreSQL", { kind: "postgres", url: server.url }, 15, scale),
      await loginTraffic("PostgreSQL", { kind: "postgres", url: server.url, apart: "traffic" }),
      ...(await loginsTogether(
        "PostgreSQL",
        (round) => ({ kind: "postgres", url: server.url, apart: `together_${round}` }),
        scale,
      )),
    ];
  } finally {
    await server.end();
  }
}

async function roundTrips(
  name: string,
  plain: TokenStore,
  below: TokenStore,
  raw: RawClient,
  scale: Scale,
): Promise<Comparison[]> {
  const sealed = encrypted(below, { keys: async () => [storeKey(Buffer.alloc(32, 3), "the bench")] });
  const calls = scale === "full" ? 100 : 5;
  const rounds = scale === "full" ? 40 : 2;
  const revisions = new Map<TokenStore, number>();
  for (const store of [plain, sealed]) {
    await store.swap(key, 0, record(firstRevision));
    revisions.set(store, firstRevision);
  }
  const each = (work: () => Promise<unknown>) => async (): Promise<number> => {
    const started = performance.now();
    for (let call = 0; call < calls; call++) await work();
    return microsecondsEach(started, calls);
  };
  const swapping = (store: TokenStore) => async (): Promise<void> => {
    const revision = revisions.get(store) ?? firstRevision;
    if (!(await store.swap(key, revision, record(revision + 1)))) throw new Error("a swap was lost");
    revisions.set(store, revision + 1);
  };
  let written = firstRevision;
  const rawWrite = async (): Promise<void> => {
    if (!(await raw.write(written++))) throw new Error("a write of the client alone was lost");
  };
  const reads = await takeTurns(
    { plain: each(() => plain.read(key)), sealed: each(() => sealed.read(key)), raw: each(() => raw.read()) },
    { rounds },
  );
  const swaps = await takeTurns(
    { plain: each(swapping(plain)), sealed: each(swapping(sealed)), raw: each(rawWrite) },
    { rounds },
  );
  await raw.end();
  const comparison = (what: string, samples: typeof reads): Comparison => ({
    what: `${what}, ${name}`,
    unit: "us",
    figures: [
      ours("in clear", samples.plain),
      ours("sealed", samples.sealed),
      floor("the client alone, the same bytes", samples.raw),
    ],
    goals: [
      ratioAtMost("x the client", samples.plain, samples.raw, 1.25),
      ratioAtMost("x the client, sealed", samples.sealed, samples.raw, 1.4),
    ],
  });
  return [comparison("read", reads), comparison("swap", swaps)];
}

async function handOver(name: string, address: StoreAddress, limitMs: number, scale: Scale): Promise<Comparison> {
  await using between = await openLockHandOver(address);
  const taken: number[] = [];
  for (let round = 0; round < (scale === "full" ? 40 : 2); round++)
    taken.push((await between.measure(50 + round * 2)).ms);
  return {
    what: `lock hand-over between two processes, ${name}`,
    unit: "ms",
    figures: [ours("from letting go there to holding here", taken)],
    goals: [atMost("ms", median(taken), limitMs)],
  };
}

function record(revision: number): StoredRecord {
  return { revision, header, body };
}
