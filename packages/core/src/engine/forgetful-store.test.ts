import { describe, expect, it } from "vitest";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import type { StoredRecord, TokenStore } from "../contract/token-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

function openTestEnvironment(change: (store: TokenStore) => Partial<TokenStore>) {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const base = memoryStore();
  const store = { ...base, close: async () => undefined, ...change(base) };
  const main = { broker: "toy" as const, user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };
  const engine = () =>
    createBrokerAuth({
      brokers: [toy()],
      accounts: { main },
      store,
      fetch: broker.fetch,
      random: () => 0,
      clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
    });
  const sent = (): number => broker.requests.filter((path) => path !== "/time").length;
  return { clock, broker, engine, sent };
}

describe("a store that forgets what it wrote (P3)", () => {
  it.each<[string, (store: TokenStore) => Partial<TokenStore>]>([
    ["everything", () => ({ swap: async () => true, read: async () => undefined })],
    ["the newest write", (store) => ({ swap: async () => true, read: (key) => store.read(key) })],
  ])("gets no factor sent, and is named: %s", async (_what, change) => {
    const { clock, engine, sent } = openTestEnvironment(change);
    for (let start = 0; start < 3; start++) {
      await expect(engine().session("main")).rejects.toMatchObject({
        code: "store_unavailable",
        message: expect.stringContaining("nothing was sent") as string,
      });
      clock.advance(1_000);
    }
    expect(sent()).toBe(0);
  });

  it("is no store whose reads are late by one", async () => {
    let last: StoredRecord | undefined;
    const { engine } = openTestEnvironment((store) => ({
      async read(key) {
        const [old, now] = [last, await store.read(key)];
        last = now;
        return old ?? now;
      },
    }));
    expect((await engine().session("main")).obtainedBy).toBe("login");
  });
});

describe("a store that says no to what it has written", () => {
  it.each([1, 2, 3, 4])("costs neither a second factor nor the session, at its write %d", async (place) => {
    let writes = 0;
    const { broker, engine, sent } = openTestEnvironment((store) => ({
      swap: async (...given) => (await store.swap(...given)) && ++writes !== place,
    }));
    expect((await engine().session("main")).obtainedBy).toBe("login");
    expect((await engine().session("main")).obtainedBy).toBe("store");
    expect([sent(), broker.minted]).toEqual([2, 1]);
  });
});
