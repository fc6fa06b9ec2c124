import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { inspect } from "node:util";
import { createBrokerAuth, type BrokerAuthError } from "@x/core";
import { nubra } from "@x/nubra";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { redisStore, type RedisStoreOptions } from "./redis-store.ts";
import { connectionsLeft } from "./testing/redis-connections.ts";
import { type RedisServer, redisProgram, startRedis } from "./testing/redis-server.ts";
import { freePort, isMissing } from "./testing/server-program.ts";
import { codeOf, key, record, textIn } from "./testing/sample.ts";

const missing = isMissing(redisProgram);
const note = missing ? " (not run: redis-server is not installed)" : "";
const plaintext = "i-understand";

async function connect(url: string) {
  const client = createClient({ url, socket: { reconnectStrategy: 50 } });
  await client.connect();
  onTestFinished(() => {
    if (client.isOpen) client.destroy();
  });
  return client;
}

async function openOn(url: string, options: RedisStoreOptions = {}) {
  return redisStore(await connect(url), { plaintext, timeoutMs: 800, ...options });
}

async function failureOf(work: Promise<unknown>): Promise<BrokerAuthError> {
  try {
    await work;
  } catch (error) {
    return error as BrokerAuthError;
  }
  throw new Error("it was expected to fail");
}

describe("what is no client or no option", () => {
  test("is a configuration error at once", async () => {
    const client = createClient();
    for (const wrong of [undefined, null, {}, "redis://127.0.0.1", createClient])
      expect(await codeOf(() => redisStore(wrong as never))).toBe("configuration");
    for (const options of [
      { prefix: "" },
      { prefix: "a*b" },
      { prefix: "{a}" },
      { timeoutMs: 0 },
      { leaseMs: 10 },
      { leaseMs: Number.NaN },
      { url: "redis://127.0.0.1" },
    ])
      expect(await codeOf(() => redisStore(client, options as never)), inspect(options)).toBe("configuration");
  });

  test("a client that was never connected, or is closed for good, is store_unavailable at once and says what to do", async () => {
    const store = redisStore(createClient(), { plaintext });
    expect(await failureOf(store.read(key(1)))).toMatchObject({
      code: "store_unavailable",
      action: expect.stringContaining("make a new client") as string,
    });
  });
});

describe.skipIf(missing)(`a Redis store${note}`, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.end());

  test("writes nothing in clear without the user's word", async () => {
    const store = redisStore(await connect(server.url), { prefix: "clear" });
    await expect(store.swap(key(1), 0, record(1))).rejects.toMatchObject({ code: "configuration", field: "plaintext" });
    expect(await server.command("KEYS", "*clear*")).toEqual([]);
  });

  test("keeps an account in one slot of a cluster, without a time to live, under a name that tells nothing", async () => {
    const store = await openOn(server.url, { prefix: "slot" });
    await store.swap(key(1), 0, record(1));
    const lock = await store.lock(key(1), { waitMs: 100 });
    const names = ((await server.command("KEYS", "*slot*")) as string[]).toSorted();
    expect(names).toEqual([`{slot:${key(1)}}`, `{slot:${key(1)}}:lock`]);
    expect(await server.command("TTL", `{slot:${key(1)}}`)).toBe(-1);
    await lock.release();
  });

  test("sends a script whole once, and where the server has forgotten it", async () => {
    const store = await openOn(server.url, { prefix: "script" });
    await store.swap(key(1), 0, record(1));
    await server.command("SCRIPT", "FLUSH");
    expect(await store.swap(key(1), 1, record(2, "after the flush"))).toBe(true);
    expect(await textIn(store, 1)).toBe("after the flush");
  });

  test("takes a write whose answer was lost for its own when it is repeated", async () => {
    let lost = 0;
    const client = await connect(server.url);
    const losing = new Proxy(client, {
      get: (target, name) =>
        name === "withCommandOptions"
          ? (options: object) => {
              const commands = target.withCommandOptions(options as never);
              return new Proxy(commands, {
                get: (below, command) => {
                  const found: unknown = Reflect.get(below, command);
                  if (command !== "evalSha") return typeof found === "function" ? found.bind(below) : found;
                  return async (...given: Parameters<typeof below.evalSha>) => {
                    const answer = await below.evalSha(...given);
                    if (lost++ % 2 === 0) throw new Error("Socket closed unexpectedly");
                    return answer;
                  };
                },
              });
            }
          : bound(target, name),
    });
    const store = redisStore(losing, { plaintext, prefix: "lost" });
    // So that the script is known.
    await (await openOn(server.url, { prefix: "lost" })).swap(key(9), 0, record(1));
    expect(await store.swap(key(1), 0, record(1))).toBe(true);
    expect(await store.swap(key(1), 1, record(2))).toBe(true);
    expect(await store.swap(key(1), 1, record(2))).toBe(false);
    const lock = await store.lock(key(1), { waitMs: 0 });
    expect(await codeOf(store.lock(key(1), { waitMs: 0 }))).toBe("store_busy");
    await lock.release();
    await (await store.lock(key(1), { waitMs: 0 })).release();
  });

  test("hands a lock over without waiting for a look", async () => {
    const [one, two] = [await openOn(server.url, { prefix: "nudge" }), await openOn(server.url, { prefix: "nudge" })];
    const held = await one.lock(key(1), { waitMs: 0 });
    const next = two.lock(key(1), { waitMs: 10_000 });
    await vi.waitFor(async () =>
      expect(await server.command("PUBSUB", "NUMSUB", "nudge:free")).toEqual(["nudge:free", 1]),
    );
    await held.release();
    await (await next).release();
    // The connection for the nudge was there only while somebody waited.
    await vi.waitFor(async () =>
      expect(await server.command("PUBSUB", "NUMSUB", "nudge:free")).toEqual(["nudge:free", 0]),
    );
  });

  test("leaves no connection behind, at whatever moment a wait ends", async () => {
    const client = await connect(server.url);
    const store = redisStore(client, { plaintext, prefix: "ended" });
    const held = await (await openOn(server.url, { prefix: "ended" })).lock(key(1), { waitMs: 0 });
    const duplicate = client.duplicate.bind(client);
    const made = vi.spyOn(client, "duplicate");
    const left = await connectionsLeft(store, [server], () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      made.mockImplementation(() => (resolve(), duplicate()));
      return promise;
    });
    expect(left).toBe(0);
    await held.release();
  });

  test("looks as soon as its connection for that is back, after a lock was let go unheard", async () => {
    // Its own looks are as far apart as they can be.
    vi.spyOn(Math, "random").mockReturnValue(1);
    onTestFinished(() => void vi.restoreAllMocks());
    const [one, two] = [await openOn(server.url, { prefix: "cut" }), await openOn(server.url, { prefix: "cut" })];
    const held = await one.lock(key(1), { waitMs: 0 });
    const next = two.lock(key(1), { waitMs: 30_000 });
    const heard = async () => expect(await server.command("PUBSUB", "NUMSUB", "cut:free")).toEqual(["cut:free", 1]);
    await vi.waitFor(heard);
    await server.command("CLIENT", "KILL", "TYPE", "pubsub");
    const cutAt = performance.now();
    await held.release();
    await (await next).release();
    expect(performance.now() - cutAt).toBeLessThan(2_500);
  });

  test.each<[string, string[], string, string]>([
    ["a text", ["SET", `{foreign:${key(1)}}`, "a shopping list"], "store_corrupt", "store_corrupt"],
    ["a hash of other fields", ["HSET", `{foreign:${key(1)}}`, "title", "shopping"], "no error", "store_corrupt"],
    [
      "a hash of our fields with other values",
      ["HSET", `{foreign:${key(1)}}`, "revision", "x", "header", "{", "body", "y"],
      "store_corrupt",
      "no error",
    ],
  ])("is not written over %s that lies under its keys", async (_what, words, reading, writing) => {
    const store = await openOn(server.url, { prefix: "foreign" });
    await server.command("DEL", `{foreign:${key(1)}}`);
    await server.command(...words);
    const before = await server.command("DUMP", `{foreign:${key(1)}}`);
    expect(await codeOf(store.readHeader?.(key(1)) ?? Promise.resolve())).toBe(reading);
    expect([await codeOf(store.read(key(1))), await codeOf(store.swap(key(1), 0, record(1)))]).toEqual([
      reading,
      writing,
    ]);
    expect(await server.command("DUMP", `{foreign:${key(1)}}`)).toEqual(before);
  });

  test("refuses a record that no server should be given", async () => {
    const store = await openOn(server.url, { prefix: "large" });
    const large = { ...record(1), body: new Uint8Array(1_000_001) };
    expect(await failureOf(store.swap(key(1), 0, large))).toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining("too large") as string,
    });
    expect(await store.swap(key(1), 0, { ...record(1), body: new Uint8Array(1_000_000) })).toBe(true);
  });

  test("adds a listener for errors once", async () => {
    const bare = await connect(server.url);
    redisStore(bare, { plaintext });
    expect(bare.listenerCount("error")).toBe(1);
    redisStore(bare, { plaintext });
    expect(bare.listenerCount("error")).toBe(1);
  });

  test("leaves the client open when it is closed", async () => {
    const client = await connect(server.url);
    const store = redisStore(client, { plaintext });
    await store.close();
    expect(await client.ping()).toBe("PONG");
  });
});

async function started(settings: string[] = [], password?: string): Promise<RedisServer> {
  const server = await startRedis(settings, password);
  onTestFinished(() => server.end());
  return server;
}

function bound(target: object, name: string | symbol): unknown {
  const found: unknown = Reflect.get(target, name);
  return typeof found === "function" ? (found as (...given: unknown[]) => unknown).bind(target) : found;
}

/** Stands before a server, holds back the answer with this word in it for so long, and every later one for good. @returns its address */
async function slowTo(port: number, word: string, ms: number): Promise<string> {
  const sockets = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = createConnection(port, "127.0.0.1");
    for (const socket of [near, far]) sockets.add(socket.on("error", () => undefined));
    near.pipe(far);
    let silent = false;
    far.on("data", (answer) => {
      if (silent) return;
      silent = answer.includes(word);
      setTimeout(() => near.write(answer), silent ? ms : 0);
    });
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  return `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

describe.skipIf(missing)(`a Redis server that is not as it should be${note}`, () => {
  test.each(["allkeys-lru", "volatile-ttl"])(
    "is refused where it evicts records by %s, and taken when it does not",
    async (policy) => {
      const server = await started([`--maxmemory-policy ${policy}`]);
      const store = await openOn(server.url);
      for (const call of [() => store.read(key(1)), () => store.lock(key(1), { waitMs: 0 })])
        await expect(call()).rejects.toMatchObject({ code: "configuration", field: "maxmemory-policy" });
      await server.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
      expect(await store.read(key(1))).toBeUndefined();
    },
  );

  test("is warned of where it does not tell its policy", async () => {
    const server = await started(["--rename-command INFO HIDDEN"]);
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    onTestFinished(() => warned.mockRestore());
    const store = await openOn(server.url);
    await store.read(key(1));
    await store.read(key(1));
    expect(warned.mock.calls).toEqual([
      [expect.stringContaining("noeviction"), expect.objectContaining({ code: "BROKER_AUTH_EVICTION" })],
    ]);
  });

  test("says that it is a replica, out of memory, or refuses its user, and shows nothing of the server's own", async () => {
    const server = await started([], "hunter2-secret");
    const store = await openOn(server.url);
    await store.swap(key(1), 0, record(1));
    const failures: BrokerAuthError[] = [];
    await server.command("REPLICAOF", "127.0.0.1", "1");
    await server.command("CONFIG", "SET", "replica-serve-stale-data", "yes");
    failures.push(await failureOf(store.swap(key(1), 1, record(2))));
    await server.command("REPLICAOF", "NO", "ONE");
    await server.command("CONFIG", "SET", "maxmemory", "1");
    failures.push(await failureOf(store.swap(key(1), 1, record(2))));
    await server.command("CONFIG", "SET", "maxmemory", "0");
    await server.command("ACL", "SETUSER", "default", "-eval", "-evalsha");
    failures.push(await failureOf(store.swap(key(1), 1, record(2))));
    expect(failures.map(({ code, message }) => [code, message])).toEqual([
      ["store_unavailable", "Redis is a replica, which takes no writes"],
      ["store_unavailable", "Redis has no memory left"],
      ["store_unavailable", "Redis does not allow its user what the store needs"],
    ]);
    for (const failure of failures) {
      expect(failure.action).not.toBe("");
      expect(inspect(failure, { depth: 9, showHidden: true }) + JSON.stringify(failure)).not.toMatch(
        /hunter2|127\.0\.0\.1|6379/,
      );
    }
    await server.command("ACL", "SETUSER", "default", "+eval", "+evalsha");
    expect(await store.swap(key(1), 1, record(2))).toBe(true);
  });

  test("that is down at the start, refuses the password or has no such database is store_unavailable in time, and says what to do", async () => {
    const server = await started(["--requirepass hunter2-secret"], "hunter2-secret");
    const at = `127.0.0.1:${server.port}`;
    const addresses: Readonly<Record<string, string>> = {
      down: `redis://:hunter2@127.0.0.1:${await freePort()}`,
      password: `redis://:hunter2-wrong@${at}`,
      none: `redis://${at}`,
      database: `redis://:hunter2-secret@${at}/4711`,
    };
    const said: Record<string, string> = {};
    for (const [what, url] of Object.entries(addresses)) {
      const client = createClient({ url, socket: { reconnectStrategy: 50 } });
      onTestFinished(() => client.destroy());
      const store = redisStore(client, { plaintext, timeoutMs: 800 });
      // It settles only once there is a connection.
      client.connect().catch(() => undefined);
      const failure = await failureOf(store.read(key(1)));
      expect([failure.code, failure.action], what).toEqual(["store_unavailable", expect.stringMatching(/\w/)]);
      expect(inspect(failure, { depth: 9, showHidden: true }) + JSON.stringify(failure)).not.toMatch(
        /hunter2|127\.0\.0\.1|4711/,
      );
      said[what] = failure.message;
    }
    expect(said).toEqual({
      down: "Redis cannot be reached",
      password: "Redis refused the user or the password",
      none: "Redis wants a password",
      database: "Redis has no database of that number",
    });
  });

  test.each(["a read", "a lock"])(
    "that answers its first question late and then no more fails the first call in the time of one: %s",
    async (what) => {
      const server = await started();
      const client = await connect(await slowTo(server.port, "maxmemory_policy", 600));
      const store = redisStore(client, { timeoutMs: 800 });
      const call = what === "a read" ? store.read(key(1)) : store.lock(key(1), { waitMs: 0 });
      const later = new Promise((resolve) => setTimeout(resolve, 1_100, "later"));
      expect(await Promise.race([codeOf(call), later])).toBe("store_unavailable");
    },
  );

  test("does not stop a program that has a live session: it goes on, and status() says that the store is away", async () => {
    const server = await started();
    const { startSandbox, demoAccounts } = await import("@x/sandbox");
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const [{ phone, mpin, totpSecret } = { phone: "", mpin: "", totpSecret: "" }] = demoAccounts.nubra;
    const auth = createBrokerAuth({
      brokers: [nubra()],
      accounts: {
        main: { broker: "nubra", phone, mpin, totpSecret, environment: "sandbox", baseUrl: sandbox.nubra.url },
      },
      store: await openOn(server.url),
      clock: { now: () => sandbox.clock.now(), sleep: async (ms: number) => sandbox.clock.advance(ms) },
    });
    const session = await auth.session("main");
    await server.stop();
    expect((await auth.session("main")).generation).toBe(session.generation);
    await expect(auth.status("main")).rejects.toMatchObject({ code: "store_unavailable", account: "main" });
    const { status } = await auth.fetch("main", "/userinfo");
    expect(status).toBe(200);
    await auth.close();
  });
});
