import { readFileSync } from "node:fs";
import type { TokenStore } from "@x/core";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { redisFailure } from "./redis-failure.ts";
import { redisRights } from "./redis-rights.ts";
import { redisStore } from "./redis-store.ts";
import { type RedisServer, redisProgram, startRedis } from "./testing/redis-server.ts";
import { key, record } from "./testing/sample.ts";
import { isMissing } from "./testing/server-program.ts";

const missing = isMissing(redisProgram);
const page = readFileSync(new URL("../../../docs/stores-redis.md", import.meta.url), "utf8");
const settings = { plaintext: "i-understand", leaseMs: 300 } as const;

/** Does all that these two stores can do, with the lock of an account held, renewed, waited for and handed over. */
async function useAll([store, other]: readonly [TokenStore, TokenStore], account: number): Promise<void> {
  await store.swap(key(account), 0, record(1));
  await store.read(key(account));
  await store.readHeader?.(key(account));
  const lock = await store.lock(key(account), { waitMs: 0 });
  const next = other.lock(key(account), { waitMs: 5_000 });
  next.catch(() => undefined);
  // Longer than a lease: it is renewed, or lost.
  await new Promise((resolve) => setTimeout(resolve, settings.leaseMs * 1.2));
  await lock.release();
  await (await next).release();
  await Array.fromAsync(store.keys());
  await store.purge(key(account));
}

test("the rights that a user needs are the same in the message and on the page", () => {
  const { action } = redisFailure(new Error("NOPERM this user has no permissions to run the 'get' command"), "Redis");
  expect(/commands ([A-Z, ]+)\.$/.exec(action ?? "")?.[1]?.split(", ")).toEqual(redisRights);
  expect(/`broker-auth:free` and `([a-z ]+)`/.exec(page)?.[1]?.toUpperCase().split(" ")).toEqual(redisRights);
});

describe.skipIf(missing)(`a user of Redis${missing ? " (not run: redis-server is not installed)" : ""}`, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.end());

  async function storesOf(name: string, rights: readonly string[]): Promise<readonly [TokenStore, TokenStore]> {
    const allowed = rights.map((right) => `+${right.toLowerCase()}`);
    await server.command(
      "ACL",
      "SETUSER",
      name,
      "reset",
      "on",
      ">word",
      "~{broker-auth:*",
      "&broker-auth:free",
      ...allowed,
    );
    const client = createClient({ url: server.url, username: name, password: "word" });
    client.on("error", () => undefined);
    await client.connect();
    onTestFinished(() => client.destroy());
    await server.command("SCRIPT", "FLUSH");
    return [redisStore(client, settings), redisStore(client, settings)];
  }

  test("that has these rights and no other can do everything, and the store uses each of them", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    onTestFinished(() => warned.mockRestore());
    const stores = await storesOf("all", redisRights);
    const watcher = createClient({ url: server.url });
    await watcher.connect();
    onTestFinished(() => watcher.destroy());
    const used = new Set<string>();
    await watcher.monitor((line) => used.add(/\] "([a-z]+)"/i.exec(line)?.[1]?.toUpperCase() ?? ""));
    await useAll(stores, 1);
    // Anybody may say hello, with a password.
    used.delete("HELLO");
    expect([...used].toSorted()).toEqual(redisRights.toSorted());
    expect(warned).not.toHaveBeenCalled();
  });

  test.each(redisRights.map((right, at) => [right, at] as const))(
    "that lacks the right to %s is told so, and by which name",
    async (right, at) => {
      const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
      onTestFinished(() => warned.mockRestore());
      const stores = await storesOf(
        "lacking",
        redisRights.filter((one) => one !== right),
      );
      const told: string[] = [];
      await useAll(stores, 10 + at).catch((error: Error & { action?: string }) =>
        told.push(`${error.message} ${error.action}`),
      );
      told.push(...warned.mock.calls.map(([message]) => String(message)));
      expect(told.join("\n")).toMatch(right === "INFO" ? /noeviction/ : new RegExp(`\\b${right}\\b`));
      for (const store of stores) await store.close();
    },
  );

  async function looks(): Promise<number> {
    return Number(/cmdstat_pttl:calls=(\d+)/.exec(String(await server.command("INFO", "commandstats")))?.[1] ?? 0);
  }

  test("that may not SUBSCRIBE looks often instead", async () => {
    vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    onTestFinished(() => void vi.restoreAllMocks());
    const [other] = await storesOf("other", redisRights);
    const [store] = await storesOf(
      "deaf",
      redisRights.filter((right) => right !== "SUBSCRIBE"),
    );
    const held = await other.lock(key(50), { waitMs: 0 });
    const next = store.lock(key(50), { waitMs: 20_000 });
    const before = await looks();
    // By growing pauses it had looked half as often in this time.
    await vi.waitFor(async () => expect((await looks()) - before).toBeGreaterThan(40), { timeout: 2_500 });
    await held.release();
    await (await next).release();
  });
});
