import { describe, expect, it } from "vitest";
import { createBrokerAuth } from "./create-broker-auth.ts";
import { memoryStore } from "./memory-store.ts";
import { fakeClock } from "./testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "./testing/toy-broker.ts";

describe("two logins at once, after a lost lock", () => {
  it("keep the session of the one that was sent last, however late the other one wakes up", async () => {
    const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
    const broker = toyBroker(clock);
    const store = { ...memoryStore(), lock: async () => ({ release: async () => undefined }) };
    const engine = (
      fetch: typeof globalThis.fetch,
    ): ReturnType<typeof createBrokerAuth<ReturnType<typeof toy>, "main">> =>
      createBrokerAuth({
        brokers: [toy()],
        accounts: { main: { broker: "toy", user: "user-7734", pin: "1234", totpSecret: toyTotpSecret } },
        store,
        world: { fetch, now: () => clock.now(), sleep: clock.sleep.bind(clock), random: () => 0 },
      });
    let wake: (() => void) | undefined;
    let fellAsleep: (() => void) | undefined;
    const asleep = new Promise<void>((resolve) => (fellAsleep = resolve));
    const sleepy = engine(async (input, init) => {
      const response = await broker.fetch(input, init);
      if (broker.minted === 1 && wake === undefined) {
        const woken = new Promise<void>((resolve) => (wake = resolve));
        fellAsleep?.();
        await woken;
      }
      return response;
    });
    const other = engine(broker.fetch);

    const late = sleepy.session("main");
    await asleep;
    const { generation } = await other.session("main");
    clock.advance(60_000);
    wake?.();
    expect((await late).generation).toBe(generation);
    for (const auth of [sleepy, other]) expect((await auth.fetch("main", "/whoami")).status).toBe(200);
    expect(broker.minted).toBe(2);
  });
});
