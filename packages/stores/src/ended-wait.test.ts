import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import type { LockOptions, TokenStore } from "@x/core";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { encrypted } from "./encrypted-store.ts";
import { storeKey } from "./store-key.ts";
import { postgresProgram, startPostgres } from "./testing/postgres-server.ts";
import { redisProgram, startRedis } from "./testing/redis-server.ts";
import { codeOf, key } from "./testing/sample.ts";
import type { TestServer } from "./testing/server-environment.ts";
import { isMissing } from "./testing/server-program.ts";
import { openStore, type StoreAddress } from "./testing/store-address.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";

interface Place {
  readonly address: StoreAddress;
  /** Lets nothing be answered until the returned function is called. */
  silence(): () => void;
}

const servers: TestServer[] = [];
afterAll(async () => {
  for (const server of servers) await server.end();
});

let taken = 0;

async function sqlitePlace(): Promise<Place> {
  const directory = temporaryDirectory();
  return {
    address: { kind: "sqlite", directory },
    silence() {
      const other = new DatabaseSync(join(directory, "sessions.db"));
      other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
      return () => other.close();
    },
  };
}

function serverPlace(kind: "redis" | "postgres", start: () => Promise<TestServer>): (apart: string) => Promise<Place> {
  let started: Promise<TestServer> | undefined;
  return async (apart) => {
    const server = await (started ??= start().then((one) => (servers.push(one), one)));
    return {
      address: { kind, url: server.url, apart },
      silence() {
        server.pause();
        return () => server.resume();
      },
    };
  };
}

const places: readonly (readonly [string, boolean, (apart: string) => Promise<Place>])[] = [
  ["SQLite", false, sqlitePlace],
  ["Redis", isMissing(redisProgram), serverPlace("redis", startRedis)],
  ["PostgreSQL", isMissing(postgresProgram), serverPlace("postgres", startPostgres)],
];

const source = { keys: async () => [storeKey(Buffer.alloc(32, 5), "the test")] };
const wraps: Readonly<Record<string, (store: TokenStore) => TokenStore>> = {
  "in clear": (store) => store,
  encrypted: (store) => encrypted(store, source),
};

const endings: Readonly<Record<string, readonly [string, (store: TokenStore, gone: AbortController) => unknown]>> = {
  "its signal": ["aborted", (_, gone) => gone.abort()],
  "its store": ["store_unavailable", (store) => store.close()],
};

const cases = Object.keys(wraps).flatMap((wrap) => Object.keys(endings).map((ending) => [wrap, ending] as const));

describe.each(places)("a wait for a lock in %s", (_, missing, placeOf) => {
  describe.skipIf(missing).each(cases)("%s ends with %s, before anything else comes to its end:", (wrap, ending) => {
    const [code, end] = endings[ending]!;

    async function setUp() {
      const place = await placeOf(`place_${(taken += 1)}`);
      const [store, other] = await Promise.all(
        [0, 1].map(async () => {
          const opened = await openStore(place.address);
          onTestFinished(() => opened.end());
          return wraps[wrap]!(opened.store);
        }),
      );
      const gone = new AbortController();
      const wait = (options: Partial<LockOptions> = {}): (() => Promise<string>) => {
        let outcome = "still waiting";
        void codeOf(store!.lock(key(1), { waitMs: 20_000, signal: gone.signal, ...options })).then(
          (told) => (outcome = told),
        );
        return async () => {
          const closed = end(store!, gone);
          // What has ended is told within these: no timer runs out, and no server answers.
          for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
          const told = outcome;
          await closed;
          return told;
        };
      };
      return { place, store: store!, other: other!, wait };
    }

    test("while somebody holds it", async () => {
      const { other, wait } = await setUp();
      const held = await other.lock(key(1), { waitMs: 1_000 });
      const ended = wait();
      await pause(100);
      expect(await ended()).toBe(code);
      await held.release();
    });

    test.each([
      ["nothing is answered any more", true],
      ["its first call is not answered", false],
    ])("while %s, and nobody has the lock after that", async (_what, hasCalled) => {
      const { place, store, other, wait } = await setUp();
      await other.read(key(1));
      if (place.address.kind === "sqlite") await other.close();
      else if (hasCalled) await store.read(key(1));
      const speak = place.silence();
      const ended = wait();
      await pause(30);
      const outcome = await ended();
      speak();
      expect(outcome).toBe(code);
      await (await other.lock(key(1), { waitMs: 10_000 })).release();
    });

    test("while it is asked whether it is still needed", async () => {
      const { other, wait } = await setUp();
      const held = await other.lock(key(1), { waitMs: 1_000 });
      const asked = Promise.withResolvers<void>();
      const ended = wait({ needed: () => (asked.resolve(), new Promise(() => undefined)) });
      await pause(30);
      await held.release();
      await asked.promise;
      expect(await ended()).toBe(code);
      await (await other.lock(key(1), { waitMs: 10_000 })).release();
    });
  });
});
