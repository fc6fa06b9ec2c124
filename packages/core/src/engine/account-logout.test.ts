import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";
import type { TokenStore } from "../contract/token-store.ts";

function openTestEnvironment(given: Partial<ReturnType<typeof toy>> = {}) {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const store = memoryStore();
  const account = { broker: "toy", user: "user-7734", pin: "1234", totpSecret: toyTotpSecret } as const;
  const engine = () =>
    createBrokerAuth({
      brokers: [{ ...toy(), ...given }],
      accounts: { main: account },
      store,
      fetch: broker.fetch,
      random: () => 0,
      clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
    });
  return { broker, store, engine, auth: engine() };
}

function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable("it was expected to fail"),
    (error: unknown) => error,
  );
}

/** The next read of the store gives what it found only when it is let go. */
function heldRead(store: TokenStore) {
  const [reading, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const read = store.read.bind(store);
  store.read = async (key) => {
    store.read = read;
    const record = await read(key);
    reading.resolve();
    await gate.promise;
    return record;
  };
  return { reading: reading.promise, letGo: () => gate.resolve() };
}

describe("whoever logged out meanwhile", () => {
  const ends = ["logout", "purge"] as const;

  it.each(ends)("by %s is not logged in by a call that began before and reads the store", async (end) => {
    const { broker, store, auth } = openTestEnvironment();
    const { reading, letGo } = heldRead(store);
    const before = failure(auth.session("main"));
    await reading;
    await auth[end]("main");
    letGo();
    expect(await before).toMatchObject({ code: "aborted", account: "main" });
    expect(broker.minted).toBe(0);
  });

  it.each(ends)("by %s is not logged in by one that waits for the account's lock", async (end) => {
    const { broker, store, auth, engine } = openTestEnvironment();
    await auth.session("main");
    await auth.logout("main");
    const keys: string[] = [];
    for await (const key of store.keys()) keys.push(key);
    const held = await store.lock(keys[0]!, { waitMs: 0 });
    const told = Promise.withResolvers<void>();
    const waiting = engine();
    waiting.on(({ type }) => type === "waiting" && told.resolve());
    const ended = waiting[end]("main");
    // The logout stands in the line first.
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
    const calls = [waiting.session("main"), waiting.login("main", { otp: () => broker.otp })].map(failure);
    await told.promise;
    await held.release();
    await ended;
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: "aborted" });
    expect(broker.minted).toBe(1);
  });

  it.each(ends)("by %s is logged in by a call that begins after it, whatever waits since before it", async (end) => {
    const { broker, store, auth } = openTestEnvironment();
    const { reading, letGo } = heldRead(store);
    const before = failure(auth.session("main"));
    await reading;
    await auth[end]("main");
    const after = auth.session("main");
    expect((await after).obtainedBy).toBe("login");
    expect(await auth.session("main", { validUntil: (await after).expiresAt - 1 })).toBe(await after);
    letGo();
    expect(await before).toMatchObject({ code: "aborted" });
    expect(await auth.session("main")).toBe(await after);
    expect(broker.minted).toBe(1);
  });

  it("is not logged in by a call of the engine's own that the logout ended", async () => {
    const [arrived, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const network = async (): Promise<never> => {
      arrived.resolve();
      await gate.promise;
      throw new BrokerAuthError("session_expired", "the session is over");
    };
    const { auth, broker } = openTestEnvironment({ network });
    const asked = failure(auth.network("main"));
    await arrived.promise;
    await auth.logout("main");
    gate.resolve();
    expect(await asked).toMatchObject({ code: "aborted" });
    expect(broker.minted).toBe(1);
  });

  it("is not logged in by an order whose session went while the store was asked for a newer one", async () => {
    const { auth, broker, store } = openTestEnvironment();
    await auth.session("main");
    const { reading, letGo } = heldRead(store);
    const order = failure(auth.fetch("main", "/orders", { method: "POST" }));
    await reading;
    await auth.logout("main");
    letGo();
    expect(await order).toMatchObject({ code: "aborted" });
    expect(broker.minted).toBe(1);
  });

  it("by logout does not adopt a session that was read before it", async () => {
    const { store, auth, engine } = openTestEnvironment();
    await auth.session("main");
    const { reading, letGo } = heldRead(store);
    const fresh = engine();
    const session = failure(fresh.session("main"));
    await reading;
    await fresh.logout("main");
    letGo();
    expect(await session).toMatchObject({ code: "aborted" });
    expect(await fresh.status("main")).toMatchObject({ state: "logged_out" });
  });
});
