import { describe, expect, it } from "vitest";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, type ToyAccount, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";
import type { TokenStore } from "../contract/token-store.ts";

const hourMs = 3_600_000;
const unattended: ToyAccount = { user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };
const byHand: ToyAccount = { user: "user-7734", pin: "1234" };

/** A broker that lives by one clock, and a host whose own clock can be set. */
function openTestEnvironment(store: TokenStore = memoryStore()) {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const host = { setMs: 0 };
  const engine = (account = unattended, given: Partial<ReturnType<typeof toy>> = {}) =>
    createBrokerAuth({
      brokers: [{ ...toy(), ...given }],
      accounts: { main: { broker: "toy", ...account } },
      store,
      fetch: broker.fetch,
      random: () => 0,
      clock: {
        now: () => clock.now() + host.setMs,
        monotonic: () => clock.now(),
        sleep: clock.sleep.bind(clock),
      },
    });
  engine.store = store;
  const asked = (): number => broker.requests.filter((path) => path === "/time").length;
  return { clock, broker, host, engine, asked };
}

describe("the broker's clock (P3)", () => {
  it("is asked for by nobody who makes no code: neither for an SMS nor for a renewal", async () => {
    const { clock, broker, engine, asked } = openTestEnvironment();
    await engine(byHand).login("main", { otp: () => broker.otp });
    clock.advance(8 * hourMs);
    expect((await engine(byHand).session("main")).obtainedBy).toBe("renewal");
    clock.advance(8 * hourMs);
    expect((await engine().session("main")).obtainedBy).toBe("renewal");
    expect(asked()).toBe(0);
  });

  it("is asked for once by a process, and then told by the answers of its logins", async () => {
    const { clock, engine, asked } = openTestEnvironment();
    const auth = engine(unattended, { renew: undefined } as never);
    for (let login = 0; login < 10; login++) {
      await auth.session("main");
      await auth.logout("main");
      clock.advance(5 * hourMs);
    }
    expect(asked()).toBe(1);
  });

  it("is asked for by the next process, unless the last one has measured it within a minute on the same host", async () => {
    for (const [scope, laterMs, times] of [
      ["host", 59_000, 1],
      ["host", 61_000, 2],
      ["network", 1_000, 2],
      [undefined, 59_000, 1],
    ] as const) {
      const { clock, engine, asked } = openTestEnvironment({ ...memoryStore(), scope });
      await engine().session("main");
      await engine().logout("main");
      clock.advance(laterMs);
      await engine().session("main");
      expect([scope, asked()]).toEqual([scope, times]);
    }
  });

  it("is asked for again after the host's clock was set, and the code is right", async () => {
    const { broker, host, engine, asked } = openTestEnvironment();
    const auth = engine(unattended, { renew: undefined } as never);
    await auth.session("main");
    for (const setMs of [-5 * 60_000, 10 * 60_000, 0]) {
      host.setMs = setMs;
      await auth.logout("main");
      await auth.session("main");
    }
    expect([asked(), broker.totpSteps.length]).toEqual([4, 4]);
    expect(broker.requests.filter((path) => path === "/totp")).toHaveLength(4);
  });

  it("that a cache answers for two minutes ago moves no clock that is right", async () => {
    for (const marks of [
      { age: "120" },
      { "x-cache": "HIT" },
      { via: "1.1 cache", "cache-control": "public, max-age=600" },
    ]) {
      const { clock, broker } = openTestEnvironment();
      const cached: typeof fetch = async (input, init) => {
        const answer = await broker.fetch(input, init);
        if (new URL(new Request(input).url).pathname !== "/time") return answer;
        const date = new Date(clock.now() - 120_000).toUTCString();
        return new Response(null, { headers: { date, ...marks } });
      };
      const auth = createBrokerAuth({
        brokers: [toy()],
        accounts: { main: { broker: "toy", ...unattended } },
        store: memoryStore(),
        fetch: cached,
        clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
      });
      expect((await auth.session("main")).obtainedBy).toBe("login");
      expect(broker.requests.filter((path) => path === "/totp")).toHaveLength(1);
    }
  });
});

/** A toy whose SMS says when it is over, by the broker's clock. */
const begin: ReturnType<typeof toy>["begin"] = async (account, context) => {
  const step = await toy().begin(account, context);
  if (step.kind === "session") return step;
  return { ...step, challenge: { kind: "otp", sentTo: "phone ending in 01", expiresAt: context.now() + 30_000 } };
};

describe("a code that was made by a host clock 5 h 30 ahead, with no measurement", () => {
  it("uses a far step up, and bars no login once the clock is right: nobody has to purge", async () => {
    const { broker, clock, host, engine } = openTestEnvironment();
    const timeless: typeof fetch = async (input, init) => {
      const { status, body } = await broker.fetch(input, init);
      return new Response(body, { status });
    };
    host.setMs = 5.5 * hourMs;
    const lost = createBrokerAuth({
      brokers: [{ ...toy(), serverTime: undefined } as never],
      accounts: { main: { broker: "toy", ...unattended } as never },
      store: engine.store,
      fetch: timeless,
      clock: { now: () => clock.now() + host.setMs, sleep: clock.sleep.bind(clock) },
    });
    await expect(lost.session("main")).rejects.toMatchObject({ code: "totp_rejected" });
    host.setMs = 0;
    clock.advance(hourMs);
    await engine().unlock("main");
    expect((await engine().login("main")).obtainedBy).toBe("login");
  });
});

describe("when the challenge of a login ends", () => {
  it("is told by the host's clock, at first and to whoever joins", async () => {
    for (const offsetMs of [95_000, -95_000]) {
      const { broker, clock, engine } = openTestEnvironment();
      broker.clockOffsetMs = offsetMs;
      const first = await engine(byHand, { begin }).beginLogin("main");
      const joined = await engine(byHand, { begin }).beginLogin("main");
      for (const progress of [first, joined]) {
        const { challenge } = progress as { challenge: { expiresAt: number } };
        expect(Math.abs(challenge.expiresAt - clock.now() - 30_000)).toBeLessThan(1_000);
      }
      expect(broker.requests.filter((path) => path === "/sms")).toHaveLength(1);
      const { handle } = first as { handle: string };
      clock.advance(5 * 60_000);
      // By a process that has measured nothing, long after the measurement.
      const done = await engine(byHand).answerLogin("main", handle, { kind: "otp", value: broker.otp });
      expect(done.kind).toBe("session");
    }
  });
});
