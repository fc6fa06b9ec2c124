import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { BrokerAuthEvent } from "../engine/broker-event.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "./memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";
import type { TokenStore } from "../contract/token-store.ts";

const never = (): Promise<never> => new Promise(() => undefined);

function openTestEnvironment(
  store: TokenStore,
  timeoutMs?: number,
  network = (real: () => Promise<Response>, _path: string): Promise<Response> => real(),
) {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const events: BrokerAuthEvent[] = [];
  const engine = (from = store) => {
    const auth = createBrokerAuth({
      brokers: [toy()],
      accounts: { main: { broker: "toy" as const, user: "user-7734", pin: "1234", totpSecret: toyTotpSecret } },
      store: from,
      fetch: (input, init) => network(() => broker.fetch(input, init), new URL(input as string).pathname),
      random: () => 0,
      clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    auth.on((event) => void events.push(event));
    return auth;
  };
  return { clock, broker, events, engine, auth: engine() };
}

function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable("it was expected to fail"),
    (error: unknown) => error,
  );
}

async function elapsed(work: Promise<unknown>): Promise<number> {
  const beganAt = performance.now();
  await work;
  return performance.now() - beganAt;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a lock", () => {
  it.each(["purge", "session", "logout"] as const)(
    "that an engine has when it is closed half way through %s() is free for the other engines of the same store",
    async (work) => {
      const store = memoryStore();
      const gate = Promise.withResolvers<void>();
      const writing = Promise.withResolvers<void>();
      const { engine, auth } = openTestEnvironment(store);
      await engine().session("main");
      if (work === "session") await engine().logout("main");
      const closing = engine({
        ...store,
        async swap(...given) {
          writing.resolve();
          await gate.promise;
          return store.swap(...given);
        },
      });
      const ended = failure(closing[work]("main"));
      await writing.promise;
      await closing.close();
      expect(await ended).toMatchObject({ code: "aborted" });
      expect(await elapsed(auth.unlock("main"))).toBeLessThan(1_000);
      gate.resolve();
    },
  );
});

describe("a store that is silent", () => {
  it("leaves no timer behind once the engine is closed: the program can end", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const asked = Promise.withResolvers<void>();
    const read = (): Promise<never> => {
      asked.resolve();
      return never();
    };
    const { auth } = openTestEnvironment({ ...memoryStore(), read });
    const session = failure(auth.session("main"));
    await asked.promise;
    expect(vi.getTimerCount()).toBe(1);
    const closed = auth.close();
    await vi.advanceTimersByTimeAsync(900);
    await closed;
    expect(await session).toMatchObject({ code: "aborted" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each(["read", "swap", "lock"] as const)(
    "about a %s is store_unavailable in time, and nothing is sent",
    async (call) => {
      const store = { ...memoryStore(), [call]: never };
      const { auth, broker } = openTestEnvironment(store, 30);
      const error = await failure(auth.session("main"));
      expect(error).toMatchObject({
        code: "store_unavailable",
        account: "main",
        message: `the token store did not answer within 30 ms (${call === "swap" ? "write" : call})`,
      });
      expect(broker.requests.filter((path) => path !== "/time")).toEqual([]);
    },
  );

  it.each(["login", "logout", "unlock", "purge", "status"] as const)("holds no %s up for ever", async (method) => {
    for (const call of ["read", "swap", "lock", "purge"] as const) {
      const { auth } = openTestEnvironment({ ...memoryStore(), [call]: never }, 30);
      const work = method === "login" ? auth.login("main") : auth[method]("main");
      expect(
        await elapsed(
          work.then(
            () => undefined,
            () => undefined,
          ),
        ),
      ).toBeLessThan(1_000);
    }
  });

  it("has 5 seconds where nothing else is said", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const asked = Promise.withResolvers<void>();
    const { auth } = openTestEnvironment({ ...memoryStore(), read: () => (asked.resolve(), never()) });
    let error: unknown;
    void auth.status("main").catch((reason: unknown) => (error = reason));
    await asked.promise;
    await vi.advanceTimersByTimeAsync(4_999);
    expect(error).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(error).toMatchObject({ code: "store_unavailable" });
  });

  it("has as long as a person needs before its first use, and its usual time from then on", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const unlocked = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    let ready = 0;
    const store: TokenStore = { ...memoryStore(), ready: () => (ready++, asked.resolve(), unlocked.promise) };
    const { auth } = openTestEnvironment(store);
    const status = auth.status("main");
    await asked.promise;
    await vi.advanceTimersByTimeAsync(60_000);
    unlocked.resolve();
    expect(await status).toMatchObject({ state: "logged_out" });
    await auth.status("main");
    expect(ready).toBe(1);
  });

  it("that is not ready is asked again by the next call, and does not hold up the engine's close", async () => {
    const memory = memoryStore();
    let locked = true;
    const store: TokenStore = {
      ...memory,
      ready: async () => {
        if (locked) throw new Error("locked by hunter2");
      },
    };
    const { auth } = openTestEnvironment(store);
    expect(await failure(auth.status("main"))).toMatchObject({
      code: "store_unavailable",
      message: "the token store failed (ready)",
    });
    locked = false;
    expect(await auth.status("main")).toMatchObject({ state: "logged_out" });
    const { auth: waiting } = openTestEnvironment({ ...memory, ready: never });
    const status = failure(waiting.status("main"));
    expect(await elapsed(waiting.close())).toBeLessThan(1_000);
    expect(await status).toMatchObject({ code: "aborted" });
  });

  it("does not hold up the engine's close: within a second it is over, and a listener is told", async () => {
    const store = { ...memoryStore(), close: never, read: never };
    const { auth, events } = openTestEnvironment(store);
    const session = failure(auth.session("main"));
    expect(await elapsed(auth.close())).toBeLessThan(1_000);
    expect(await session).toMatchObject({ code: "aborted", account: "main" });
    await Promise.resolve();
    expect(events).toContainEqual(expect.objectContaining({ type: "warning", code: "close_unconfirmed" }));
  });

  it("that answers late gives its lock back: nobody waits for it any more", async () => {
    const memory = memoryStore();
    const gate = Promise.withResolvers<void>();
    const late: TokenStore = {
      ...memory,
      lock: async (...given) => {
        const lock = await memory.lock(...given);
        await gate.promise;
        return lock;
      },
    };
    const { auth, engine } = openTestEnvironment(late, 30);
    await failure(auth.session("main"));
    gate.resolve();
    expect(await engine(memory).session("main")).toMatchObject({ obtainedBy: expect.any(String) as string });
  });

  it("about a write that was made all the same costs no attempt: the factor never left", async () => {
    const memory = memoryStore();
    let silent = true;
    const store: TokenStore = {
      ...memory,
      swap: async (key, expected, next) => {
        const swapped = await memory.swap(key, expected, next);
        return silent && new TextDecoder().decode(next.body).includes('"open"') ? never() : swapped;
      },
    };
    const { auth, broker, clock } = openTestEnvironment(store, 30);
    for (let round = 0; round < 4; round++) {
      expect(await failure(auth.session("main"))).toMatchObject({ code: "store_unavailable" });
      clock.advance(31_000);
    }
    silent = false;
    expect(await auth.session("main")).toMatchObject({ obtainedBy: expect.any(String) as string });
    expect(broker.pins).toEqual(["1234"]);
  });
});

describe("a store that throws", () => {
  const words = "connect to postgres://user:hunter2@store.example:5432 failed";
  const broken = (): never => {
    throw Object.assign(new RangeError(words), { code: "28P01", connection: { password: "hunter2" } });
  };

  it.each(["read", "swap", "lock", "purge", "close"] as const)(
    "at %s is store_unavailable, and shows nothing of its own words",
    async (call) => {
      for (const fails of [broken, async () => broken()]) {
        const { auth } = openTestEnvironment({ ...memoryStore(), [call]: fails });
        const error = await failure(
          call === "close" ? auth.close() : call === "purge" ? auth.purge("main") : auth.session("main"),
        );
        expect(error).toMatchObject({ code: "store_unavailable", cause: { message: "RangeError (28P01)" } });
        for (const shown of [String(error), JSON.stringify(error), inspect(error, { depth: 9, showHidden: true })])
          expect(shown).not.toMatch(/hunter2|store\.example|5432/);
      }
    },
  );
});

describe("the release of a lock", () => {
  it.each([
    ["fails", async () => Promise.reject(new Error("the connection is gone"))],
    [
      "throws",
      () => {
        throw new Error("the connection is gone");
      },
    ],
    ["hangs", never],
  ])("that %s takes nothing back: the login has succeeded", async (_what, release) => {
    const { auth, events } = openTestEnvironment({ ...memoryStore(), lock: async () => ({ release }) }, 30);
    expect(await auth.session("main")).toMatchObject({ obtainedBy: expect.any(String) as string });
    await auth.logout("main");
    expect(events.map(({ type }) => type)).not.toContain("failed");
  });
});

describe("a lock that is lost", () => {
  it("sends nothing after that, and adopts the session of whoever came meanwhile", async () => {
    const memory = memoryStore();
    const lost = new AbortController();
    const { auth, engine, broker } = openTestEnvironment({
      ...memory,
      lock: async () => ({ release: async () => undefined, lost: lost.signal }),
    });
    const gate = Promise.withResolvers<void>();
    broker.holdAfter = (path) => (path === "/totp" ? gate.promise : undefined);
    const late = auth.session("main");
    await vi.waitFor(() => expect(broker.totpSteps).toHaveLength(1));
    broker.holdAfter = undefined;
    const other = await engine(memory).session("main");
    lost.abort();
    gate.resolve();
    expect(await late).toMatchObject({ generation: other.generation, obtainedBy: "store" });
    expect(broker.pins).toEqual(["1234"]);
  });

  it.each([
    ["before the first factor is written down", 1, 0],
    ["before it leaves", 2, 0],
    ["before the next one is written down", 3, 1],
    ["before that leaves", 4, 1],
  ])("is asked anew, because a lease may look at its clock only then: %s", async (_, at, sent) => {
    const lease = new AbortController();
    let asked = 0;
    const lock = {
      release: async () => undefined,
      get lost() {
        asked += 1;
        if (asked === at) lease.abort();
        return lease.signal;
      },
    };
    const { auth, broker } = openTestEnvironment({ ...memoryStore(), lock: async () => lock });
    expect(await failure(auth.session("main"))).toMatchObject({ code: "store_busy" });
    expect([broker.totpSteps.length, broker.pins.length]).toEqual([sent, 0]);
  });

  it("is store_busy where nobody has come", async () => {
    const lost = AbortSignal.abort();
    const { auth, broker } = openTestEnvironment({
      ...memoryStore(),
      lock: async () => ({ release: async () => undefined, lost }),
    });
    expect(await failure(auth.session("main"))).toMatchObject({ code: "store_busy", account: "main" });
    expect(broker.requests.filter((path) => path !== "/time")).toEqual([]);
  });
});

describe("the engine's close", () => {
  it("lets nothing reach the store afterwards, also not the result of a login that cannot be stopped", async () => {
    const memory = memoryStore();
    const calls: string[] = [];
    const store = new Proxy(memory, {
      get: (target, name: keyof TokenStore) =>
        name in target
          ? (...given: never[]) => {
              calls.push(name);
              return (target[name] as (...given: never[]) => unknown)(...given);
            }
          : undefined,
    });
    const gate = Promise.withResolvers<void>();
    // A fetch that heeds no signal.
    const { auth, broker } = openTestEnvironment(store, undefined, async (real, path) => {
      const answer = await real();
      if (path === "/pin") await gate.promise;
      return answer;
    });
    const session = failure(auth.session("main"));
    await vi.waitFor(() => expect(broker.minted).toBe(1));
    expect(await elapsed(auth.close())).toBeLessThan(1_000);
    expect(await session).toMatchObject({ code: "aborted" });
    const before = calls.length;
    gate.resolve();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(calls.slice(before)).toEqual([]);
    expect(calls.at(-1)).toBe("close");
  });

  it("waits for what is settled at once: an attempt that was cut off is written down", async () => {
    const memory = memoryStore();
    const { auth, broker, engine, clock } = openTestEnvironment(memory);
    broker.hold = (path) => (path === "/pin" ? never() : undefined);
    const session = failure(auth.session("main"));
    await vi.waitFor(() => expect(broker.requests).toContain("/pin"));
    await auth.close();
    await session;
    for await (const key of memory.keys()) {
      const record = await memory.read(key);
      expect(new TextDecoder().decode(record?.body)).not.toContain('"open"');
    }
    broker.hold = undefined;
    clock.advance(31_000);
    expect(await engine().session("main")).toMatchObject({ obtainedBy: expect.any(String) as string });
  });

  it("can be asked for twice, and answers every later call with an error that no repeat mends", async () => {
    const store = memoryStore();
    const close = vi.spyOn(store, "close");
    const { auth } = openTestEnvironment(store);
    await Promise.all([auth.close(), auth.close()]);
    expect(close).toHaveBeenCalledTimes(1);
    expect(await failure(auth.session("main"))).toMatchObject({ code: "configuration", retry: "never" });
  });
});
