import { describe, expect, it } from "vitest";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { formatIndiaTime } from "../adapter-kit/india-time.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

const hourMs = 3_600_000;

function openTestEnvironment(provider = toy()) {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const platform = {
    fetch: broker.fetch,
    random: () => 0,
    clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
  };
  const main = { broker: "toy" as const, user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };
  const auth = createBrokerAuth({ brokers: [provider], accounts: { main }, store: memoryStore(), ...platform });
  return { clock, broker, auth };
}

describe("validUntil", () => {
  it("beyond what a login under way turns out to bring costs no second one", async () => {
    const { auth, broker, clock } = openTestEnvironment();
    broker.lifetimeMs = 2 * hourMs;
    const [first, more] = await Promise.allSettled([
      auth.session("main"),
      auth.session("main", { validUntil: clock.now() + 5 * hourMs }),
    ]);
    expect([first.status, more.status]).toEqual(["fulfilled", "rejected"]);
    expect(broker.minted).toBe(1);
  });

  it.each([[10n], ["2031-03-03"], [new Date(0)], [null]])("that is no number is told: %s", async (validUntil) => {
    const { auth, broker } = openTestEnvironment();
    await expect(auth.session("main", { validUntil: validUntil as never })).rejects.toMatchObject({
      code: "configuration",
      field: "validUntil",
    });
    expect(broker.minted).toBe(0);
  });

  it("is told of a Date what to write, also where the session at hand would do", async () => {
    const { auth, clock } = openTestEnvironment();
    await auth.session("main");
    await expect(auth.session("main", { validUntil: new Date(clock.now()) as never })).rejects.toThrow(
      "validUntil: must be a number of epoch milliseconds; write date.getTime()",
    );
  });

  it("is milliseconds, neither seconds nor a span, and not in the past; all bindings tell it alike", async () => {
    const { auth, broker, clock } = openTestEnvironment();
    await auth.session("main");
    const { length } = broker.requests;
    const now = clock.now();
    for (const [validUntil, message] of [
      [Math.floor(now / 1_000) + 3_600, /must be epoch milliseconds, not seconds/],
      [3_600_000, /must be epoch milliseconds, not seconds and not a span/],
      [0, /not seconds/],
      [-1, /not seconds/],
      [now - 60_000, /^validUntil: is in the past: .*; it is now /],
    ] as const) {
      for (const call of ["session", "headers", "origin"] as const) {
        await expect(auth[call]("main", { validUntil })).rejects.toMatchObject({
          code: "configuration",
          account: "main",
          field: "validUntil",
          message: expect.stringMatching(message),
        });
      }
    }
    expect((await auth.session("main", { validUntil: now })).obtainedBy).toBe("login");
    expect(broker.requests).toHaveLength(length);
  });

  it("is reached by a session that ends up to a second earlier, and not by one that ends before that", async () => {
    const { broker, clock, auth } = openTestEnvironment();
    const { expiresAt } = await auth.session("main");
    clock.advance(60_000);
    await auth.session("main", { validUntil: expiresAt + 1_000 });
    expect(broker.minted).toBe(1);
    await auth.session("main", { validUntil: expiresAt + 1_001 });
    expect(broker.minted).toBe(2);
    expect(broker.minted).toBe(2);
  });

  it("may lie a second beyond the broker's reach and no more", async () => {
    const { broker, clock, auth } = openTestEnvironment();
    const furthest = clock.now() + 7 * hourMs;
    await expect(auth.session("main", { validUntil: furthest + 1_001 })).rejects.toMatchObject({
      code: "configuration",
      field: "validUntil",
      account: "main",
    });
    expect(broker.requests).toEqual([]);
    await auth.session("main", { validUntil: furthest + 1_000 });
    expect(broker.minted).toBe(1);
  });

  it("is held against what the broker granted last, where sessions last a span", async () => {
    const { broker, clock, auth } = openTestEnvironment();
    broker.lifetimeMs = 3 * hourMs;
    await auth.session("main");
    clock.advance(hourMs);
    await expect(auth.session("main", { validUntil: clock.now() + 5 * hourMs })).rejects.toMatchObject({
      message: expect.stringContaining(formatIndiaTime(clock.now() + 3 * hourMs)) as string,
    });
    expect(broker.minted).toBe(1);
  });

  it("is not held against a session that was short because its day was almost over", async () => {
    const traits = { ...toy().traits, dailyCutoff: true as const };
    const { broker, clock, auth } = openTestEnvironment({ ...toy(), traits });
    broker.lifetimeMs = 10 * 60_000;
    await auth.session("main");
    clock.advance(11 * 60_000);
    broker.lifetimeMs = 6 * hourMs;
    await auth.session("main", { validUntil: clock.now() + 5 * hourMs });
    expect(broker.minted).toBe(2);
  });

  it("that no calendar knows is refused like any other that is too far, without a login", async () => {
    const { broker, auth } = openTestEnvironment();
    for (const validUntil of [Number.NaN, Infinity, 9e15]) {
      await expect(auth.session("main", { validUntil })).rejects.toMatchObject({
        code: "configuration",
        field: "validUntil",
      });
    }
    expect(broker.requests).toEqual([]);
  });
});
