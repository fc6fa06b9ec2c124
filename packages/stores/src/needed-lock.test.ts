import { join } from "node:path";
import type { TokenStore } from "@x/core";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { encrypted } from "./encrypted-store.ts";
import { storeKey } from "./store-key.ts";
import { postgresProgram, startPostgres } from "./testing/postgres-server.ts";
import { redisProgram, startRedis } from "./testing/redis-server.ts";
import { codeOf, key, record } from "./testing/sample.ts";
import type { TestServer } from "./testing/server-environment.ts";
import { isMissing } from "./testing/server-program.ts";
import { openStore, type StoreAddress } from "./testing/store-address.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";

const source = { keys: async () => [storeKey(Buffer.alloc(32, 5), "the test")] };
const servers: TestServer[] = [];
afterAll(async () => {
  for (const server of servers) await server.end();
});

async function addressOf(kind: "redis" | "postgres", start: () => Promise<TestServer>): Promise<StoreAddress> {
  const server = await start();
  servers.push(server);
  return { kind, url: server.url };
}

const places = [
  ["SQLite", false, async () => ({ kind: "sqlite", directory: join(temporaryDirectory(), "records") }) as const],
  ["Redis", isMissing(redisProgram), () => addressOf("redis", startRedis)],
  ["PostgreSQL", isMissing(postgresProgram), () => addressOf("postgres", startPostgres)],
] as const;

describe.each(places)("a lock that many programs wait for, in %s", (_, missing, address) => {
  it.skipIf(missing)(
    "is given to nobody who needs it no more when its holder lets it go",
    { timeout: 30_000 },
    async () => {
      const at = await address();
      const open = async (): Promise<TokenStore> => {
        const opened = await openStore(at);
        onTestFinished(() => opened.end());
        return encrypted(opened.store, source);
      };
      const [first, ...others] = await Promise.all(Array.from({ length: 8 }, open));
      const holder = await first!.lock(key(1), { waitMs: 1_000 });
      const written = Promise.withResolvers<void>();
      // The first answer comes when the holder is through: nobody tries to take the lock before that.
      const needing = (store: TokenStore) => async (): Promise<boolean> => {
        await written.promise;
        return (await store.read(key(1))) === undefined;
      };
      const waits = others.map((store) => codeOf(store.lock(key(1), { waitMs: 20_000, needed: needing(store) })));
      expect(await first!.swap(key(1), 0, record(1))).toBe(true);
      await holder.release();
      written.resolve();
      expect(await Promise.all(waits)).toStrictEqual(others.map(() => "aborted"));
      await (await first!.lock(key(1), { waitMs: 0 })).release();
    },
  );
});
