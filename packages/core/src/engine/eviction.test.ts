import { describe, expect, it } from "vitest";
import { newAccountRecord } from "../record/account-record.ts";
import type { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { withEarlyEnding } from "./eviction.ts";
import { formatIndiaTime } from "../adapter-kit/india-time.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

const minuteMs = 60_000;

function openTestEnvironment() {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const platform = {
    fetch: broker.fetch,
    random: () => 0,
    clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
  };
  const main = { broker: "toy" as const, user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };
  const auth = createBrokerAuth({ brokers: [toy()], accounts: { main }, store: memoryStore(), ...platform });
  return { clock, broker, auth };
}

/** A request is under way when its session ends, at this time of the broker. */
function endsUnderWay({ broker, clock }: ReturnType<typeof openTestEnvironment>, at: number): void {
  broker.hold = (path) => {
    if (path !== "/whoami") return undefined;
    broker.hold = undefined;
    clock.set(at);
    broker.evict();
    return undefined;
  };
}

describe("sessions that end before their time (P5)", () => {
  it("stop automatic logins with the second one within ten minutes, for ten minutes, and say when the next is tried", async () => {
    const { broker, clock, auth } = openTestEnvironment();
    await auth.session("main");
    clock.advance(minuteMs);
    broker.evict();
    expect((await auth.fetch("main", "/whoami")).status).toBe(200);
    clock.advance(9 * minuteMs);
    broker.evict();
    const nextAt = formatIndiaTime(clock.now() + 10 * minuteMs);
    await expect(auth.fetch("main", "/403")).rejects.toMatchObject({
      code: "session_replaced",
      retryAfterMs: 10 * minuteMs,
      message: expect.stringContaining(`the next automatic login is tried at ${nextAt}`) as string,
    });
    clock.advance(10 * minuteMs - 1);
    await expect(auth.session("main")).rejects.toMatchObject({ code: "session_replaced", retryAfterMs: 1 });
    expect(broker.minted).toBe(2);
    clock.advance(1);
    await auth.session("main");
    expect(broker.minted).toBe(3);
  });

  it("bring a longer pause each time the login after a pause is ended as well: 10 min, 30 min, 2 h, 2 h", async () => {
    const { broker, clock, auth } = openTestEnvironment();
    await auth.session("main");
    broker.evict();
    await auth.fetch("main", "/whoami");
    for (const pauseMs of [10, 30, 120, 120].map((minutes) => minutes * minuteMs)) {
      clock.advance(5_000);
      broker.evict();
      await expect(auth.fetch("main", "/whoami")).rejects.toMatchObject({
        code: "session_replaced",
        retryAfterMs: pauseMs,
      });
      clock.advance(pauseMs);
      await auth.session("main");
    }
    expect(broker.minted).toBe(6);
  });

  it.each([11, 25, 55])(
    "by a device that logs in every %i minutes cost few logins a day, and are told",
    async (everyMinutes) => {
      const { broker, clock, auth } = openTestEnvironment();
      const told: number[] = [];
      const codes = new Set<unknown>();
      const until = clock.now() + 24 * 60 * minuteMs;
      while (clock.now() < until) {
        broker.evict();
        const code: unknown = await auth.fetch("main", "/whoami").then(
          () => undefined,
          (reason: BrokerAuthError) => reason.code,
        );
        codes.add(code);
        if (code !== undefined) told.push(clock.now());
        clock.advance(everyMinutes * minuteMs);
      }
      expect(codes).toEqual(new Set([undefined, "session_replaced"]));
      expect(broker.minted).toBeLessThanOrEqual(20);
      expect((told[0] ?? Infinity) - (until - 24 * 60 * minuteMs)).toBeLessThanOrEqual(5 * everyMinutes * minuteMs);
    },
  );

  it("that come three times in six hours, apart from each other, stop nothing", async () => {
    const { broker, clock, auth } = openTestEnvironment();
    for (let round = 0; round < 6; round++) {
      await auth.session("main");
      clock.advance(121 * minuteMs);
      broker.evict();
      expect((await auth.fetch("main", "/whoami")).status).toBe(200);
    }
    expect(broker.minted).toBe(7);
  });

  it("are forgotten after six hours without one: the next fight begins with ten minutes", async () => {
    const { broker, clock, auth } = openTestEnvironment();
    for (const _ of [1, 2]) {
      await auth.session("main");
      broker.evict();
      await auth.fetch("main", "/whoami");
      broker.evict();
      await expect(auth.fetch("main", "/whoami")).rejects.toMatchObject({ retryAfterMs: 10 * minuteMs });
      clock.advance(6 * 60 * minuteMs);
    }
  });

  it("of a person's own program end with the person's login", async () => {
    const { broker, auth } = openTestEnvironment();
    await auth.session("main");
    for (const _ of [1, 2]) {
      broker.evict();
      await auth.fetch("main", "/whoami").catch(() => undefined);
    }
    await auth.login("main");
    broker.evict();
    expect((await auth.fetch("main", "/whoami")).status).toBe(200);
  });

  it("stop nothing where they lie in the future, as after a clock that was set back", async () => {
    const { broker, clock, auth } = openTestEnvironment();
    await auth.session("main");
    for (const status of [200, undefined]) {
      broker.evict();
      const answer = await auth.fetch("main", "/whoami").catch(() => undefined);
      expect(answer?.status).toBe(status);
    }
    await expect(auth.session("main")).rejects.toMatchObject({ code: "session_replaced" });
    clock.advance(-60 * minuteMs);
    await auth.session("main");
    expect(broker.minted).toBe(3);
  });

  it("are those that had more to live than the margin in which none is handed out any more", async () => {
    const old = openTestEnvironment();
    old.broker.lifetimeMs = 11 * minuteMs;
    for (let round = 1; round <= 4; round++) {
      const { expiresAt } = await old.auth.session("main");
      endsUnderWay(old, expiresAt - minuteMs);
      expect((await old.auth.fetch("main", "/whoami")).status).toBe(200);
      expect(old.broker.minted).toBe(round + 1);
    }

    const young = openTestEnvironment();
    young.broker.lifetimeMs = 11 * minuteMs;
    for (const status of [200, undefined]) {
      const { expiresAt } = await young.auth.session("main");
      endsUnderWay(young, expiresAt - minuteMs - 1);
      const answer = await young.auth.fetch("main", "/whoami").catch(() => undefined);
      expect(answer?.status).toBe(status);
    }
    await expect(young.auth.session("main")).rejects.toMatchObject({ code: "session_replaced" });
  });

  it("are not those that end while a login of our own is under way: it may be what ended them", async () => {
    const { broker, clock, auth } = openTestEnvironment();
    await auth.session("main");
    for (let round = 1; round <= 4; round++) {
      const { generation } = await auth.status("main");
      clock.advance(10 * minuteMs);
      const [gate, renewing] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      broker.holdAfter = (path) => {
        if (path !== "/renew") return undefined;
        renewing.resolve();
        return gate.promise;
      };
      const renewed = auth.session("main", { validUntil: clock.now() + 7 * 3_600_000 });
      await renewing.promise;
      // The refusal is written down before the broker's answer to the renewal arrives.
      expect(await auth.refused("main", generation)).toBe("dead");
      gate.resolve();
      expect((await renewed).generation).toBeGreaterThan(generation);
    }
  });

  it("are remembered up to the last ten, oldest first", () => {
    let record = newAccountRecord({ broker: "toy", environment: "production", identity: "u", site: "" }, undefined);
    for (let at = 1; at <= 12; at++) record = { ...record, earlyEndings: withEarlyEnding(record, at) };
    expect(record.earlyEndings).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });
});
