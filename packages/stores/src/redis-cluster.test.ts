import { createCluster } from "redis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { redisStore } from "./redis-store.ts";
import { connectionsLeft, connectionsOf } from "./testing/redis-connections.ts";
import { type RedisCluster, startRedisCluster } from "./testing/redis-cluster.ts";
import { redisProgram } from "./testing/redis-server.ts";
import { codeOf, key, record, textIn } from "./testing/sample.ts";
import { isMissing } from "./testing/server-program.ts";

const missing = isMissing(redisProgram);
const plaintext = "i-understand";

describe.skipIf(missing)(`on a Redis cluster${missing ? " (not run: redis-server is not installed)" : ""}`, () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.end());

  async function open(prefix: string) {
    const client = createCluster({ rootNodes: [{ url: cluster.url }] });
    await client.connect();
    onTestFinished(() => client.destroy());
    return redisStore(client, { plaintext, prefix, timeoutMs: 2_000 });
  }

  const keysOf = async (pattern: string): Promise<string[][]> =>
    Promise.all(
      cluster.masters.map(async (master) => ((await master.command("KEYS", pattern)) as string[]).toSorted()),
    );

  test("an account's record and lock lie on one master, and the accounts on all of them", async () => {
    const store = await open("spread");
    const accounts = Array.from({ length: 12 }, (_, account) => account);
    for (const account of accounts) expect(await store.swap(key(account), 0, record(1))).toBe(true);
    const locks = await Promise.all(accounts.map((account) => store.lock(key(account), { waitMs: 0 })));
    const lying = await keysOf("{spread:*");
    for (const names of lying) {
      expect(names.length).toBeGreaterThan(0);
      const records = names.filter((name) => !name.endsWith(":lock"));
      expect(names.filter((name) => name.endsWith(":lock"))).toEqual(records.map((name) => `${name}:lock`));
    }
    expect(lying.flat()).toHaveLength(24);
    await Promise.all(locks.map((lock) => lock.release()));
    expect((await Array.fromAsync(store.keys())).toSorted()).toEqual(accounts.map(key).toSorted());
  });

  test("a script that one master has forgotten is sent to it whole", async () => {
    const store = await open("script");
    await store.swap(key(1), 0, record(1));
    for (const master of cluster.masters) await master.command("SCRIPT", "FLUSH");
    for (const account of [1, 2, 3, 4])
      expect(await store.swap(key(account), account === 1 ? 1 : 0, record(account === 1 ? 2 : 1))).toBe(true);
    expect(await textIn(store, 1)).toBe("text of 2");
  });

  test("a wait that ends at whatever moment leaves no connection behind", async () => {
    const store = await open("ended");
    const held = await (await open("ended")).lock(key(1), { waitMs: 0 });
    expect(await connectionsLeft(store, cluster.masters)).toBe(0);
    await held.release();
  });

  test("a lock is handed over by a message, over one connection", async () => {
    const [one, two] = [await open("nudge"), await open("nudge")];
    const held = await one.lock(key(1), { waitMs: 0 });
    const before = await connectionsOf(cluster.masters);
    const next = two.lock(key(1), { waitMs: 10_000 });
    const heard = async (): Promise<number> => {
      const told = await Promise.all(cluster.masters.map((master) => master.command("PUBSUB", "NUMSUB", "nudge:free")));
      return told.reduce<number>((sum, words) => sum + Number((words as unknown[])[1]), 0);
    };
    await vi.waitFor(async () => expect(await heard()).toBe(1));
    expect((await connectionsOf(cluster.masters)) - before).toBe(1);
    await held.release();
    await (await next).release();
    await vi.waitFor(async () => expect(await connectionsOf(cluster.masters)).toBe(before));
  });

  test("one master that evicts records is enough to refuse the cluster", async () => {
    const last = cluster.masters.at(-1);
    await last?.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    const store = await open("evicting");
    expect(await codeOf(store.read(key(1)))).toBe("configuration");
    await last?.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
    expect(await store.read(key(1))).toBeUndefined();
  });
});
