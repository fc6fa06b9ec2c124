import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "./broker-auth-error.ts";
import { createBrokerAuth } from "./create-broker-auth.ts";
import { memoryStore } from "./memory-store.ts";
import { fakeClock } from "./testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "./testing/toy-broker.ts";
import type { TokenStore } from "./token-store.ts";

const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));

describe("two logins at once, after a lost lock", () => {
  it("keep the session of the one that was sent last, however late the other one wakes up", async () => {
    const broker = toyBroker(clock);
    const store = storeWithoutLocks();
    let wake: (() => void) | undefined;
    let fellAsleep: (() => void) | undefined;
    const asleep = new Promise<void>((resolve) => (fellAsleep = resolve));
    const sleepy = engine("1234", store, async (input, init) => {
      const response = await broker.fetch(input, init);
      if (broker.minted === 1 && wake === undefined) {
        const woken = new Promise<void>((resolve) => (wake = resolve));
        fellAsleep?.();
        await woken;
      }
      return response;
    });
    const other = engine("1234", store, broker.fetch);

    const late = sleepy.session("main");
    await asleep;
    const { generation } = await other.session("main");
    clock.advance(60_000);
    wake?.();
    expect((await late).generation).toBe(generation);
    for (const auth of [sleepy, other]) expect((await auth.fetch("main", "/whoami")).status).toBe(200);
    expect(broker.minted).toBe(2);
  });

  it("send a PIN once that the broker refused to the one that was taken for dead", async () => {
    const broker = toyBroker(clock);
    const store = storeWithoutLocks();
    const asleep = Promise.withResolvers<void>();
    const awake = Promise.withResolvers<void>();
    const sleepy = engine("9999", store, async (input, init) => {
      const response = await broker.fetch(input, init);
      if (broker.pins.length > 0) {
        asleep.resolve();
        await awake.promise;
      }
      return response;
    });
    const told = sleepy.session("main").catch((error: unknown) => error);
    await asleep.promise;
    // The other one has counted that attempt as unanswered and is half way through its own when the refusal is told after all.
    const other = engine("9999", store, async (input, init) => {
      const response = await broker.fetch(input, init);
      if (broker.requests.at(-1) === "/totp") {
        awake.resolve();
        await told;
      }
      return response;
    });
    await expect(other.session("main")).rejects.toMatchObject({ code: "latched" });
    expect(await told).toMatchObject({ code: "pin_rejected" });
    expect(broker.pins).toEqual(["9999"]);
  });
});

describe("a session that the broker has granted", () => {
  it("is saved by a store that fails for a moment, and nobody logs in again for it", async () => {
    const broker = toyBroker(clock);
    const store = failing(3, 3);
    const { generation } = await engine("1234", store, broker.fetch).session("main");
    expect(store.swaps()).toBe(6);
    expect((await engine("1234", store, broker.fetch).session("main")).generation).toBe(generation);
    expect(broker.minted).toBe(1);
  });

  it("is given up with the store's own error when that goes on failing", async () => {
    const broker = toyBroker(clock);
    const store = failing(3, Infinity);
    await expect(engine("1234", store, broker.fetch).session("main")).rejects.toMatchObject({
      code: "store_unavailable",
    });
    expect(broker.minted).toBe(1);
  });
});

function storeWithoutLocks(): TokenStore {
  return { ...memoryStore(), lock: async () => ({ release: async () => undefined }) };
}

function engine(
  pin: string,
  store: TokenStore,
  fetch: typeof globalThis.fetch,
): ReturnType<typeof createBrokerAuth<ReturnType<typeof toy>, "main">> {
  return createBrokerAuth({
    brokers: [toy()],
    accounts: { main: { broker: "toy", user: "user-7734", pin, totpSecret: toyTotpSecret } },
    store,
    world: { fetch, now: () => clock.now(), sleep: clock.sleep.bind(clock), random: () => 0 },
  });
}

// Three swaps lead to a session: two attempts are written down, and what came of them.
function failing(from: number, times: number): TokenStore & { readonly swaps: () => number } {
  const store = memoryStore();
  let swaps = 0;
  return {
    ...store,
    swaps: () => swaps,
    swap: async (...given) => {
      swaps += 1;
      if (swaps >= from && swaps < from + times) throw new BrokerAuthError("store_unavailable", "the disk is full");
      return store.swap(...given);
    },
  };
}
