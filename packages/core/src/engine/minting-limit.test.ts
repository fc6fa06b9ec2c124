import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { mintingHold, withMinting } from "./minting-limit.ts";
import { newAccountRecord } from "../record/account-record.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

const secondMs = 1_000;
const minuteMs = 60_000;

function openTestEnvironment(lifetimeMs = 7 * 3_600_000) {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  broker.lifetimeMs = lifetimeMs;
  const store = memoryStore();
  const main = { broker: "toy" as const, user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };
  const engine = (aheadMs = 0) =>
    createBrokerAuth({
      brokers: [toy()],
      accounts: { main },
      store,
      fetch: broker.fetch,
      random: () => 0,
      clock: { now: () => clock.now() + aheadMs, monotonic: () => clock.now(), sleep: clock.sleep.bind(clock) },
    });
  return { clock, broker, store, engine };
}

describe("a session that lives for less than a minute", () => {
  it("is used for nine tenths of its life, and does not cost a login with every call", async () => {
    const { clock, broker, engine } = openTestEnvironment(45 * secondMs);
    const auth = engine();
    const ends: number[] = [];
    for (let second = 0; second < 60; second++) {
      ends.push((await auth.session("main")).expiresAt - clock.now());
      clock.advance(secondMs);
    }
    expect(broker.minted).toBe(2);
    expect(Math.min(...ends)).toBeGreaterThan(4 * secondMs);
  });
});

describe("sessions that are minted by themselves (P5)", () => {
  it.each(["session", "login"] as const)(
    "are five in ten minutes at most, whatever ends them: %s() says when the next one may be",
    async (name) => {
      const { clock, broker, engine } = openTestEnvironment(5 * secondMs);
      const refusals: BrokerAuthError[] = [];
      for (let second = 0; second < 580; second += 10) {
        const auth = engine();
        await auth[name]("main").catch((error: unknown) => refusals.push(error as BrokerAuthError));
        clock.advance(10 * secondMs);
      }
      expect(broker.minted).toBe(5);
      expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(["rate_limited"]));
      expect(refusals.at(-1)).toMatchObject({
        message: expect.stringContaining("5 sessions of this account were opened within ten minutes") as string,
      });
      expect(await engine().status("main")).toMatchObject({ blockedBy: "rate_limited" });
      clock.advance((refusals.at(-1)?.retryAfterMs ?? Infinity) - 10 * secondMs);
      await engine().session("main");
      expect(broker.minted).toBe(6);
    },
  );

  it("leave a person who is asked alone", async () => {
    const { broker, clock, store, engine } = openTestEnvironment(5 * secondMs);
    for (let time = 0; time < 5; time++) {
      await engine().session("main");
      clock.advance(31 * secondMs);
    }
    await expect(engine().session("main")).rejects.toMatchObject({ code: "rate_limited" });
    const asked = createBrokerAuth({
      brokers: [toy()],
      accounts: { main: { broker: "toy", user: "user-7734", pin: "1234" } },
      store,
      fetch: broker.fetch,
      clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
    });
    await asked.login("main", { otp: () => broker.otp });
    expect(broker.minted).toBe(6);
  });
});

describe("a session that is minted for validUntil, on hosts whose clocks differ", () => {
  it.each([
    [0, 11 * minuteMs],
    [-11 * minuteMs, 12 * minuteMs],
    [0, 23 * minuteMs],
  ])("is one in ten minutes for all of them: %d and %d ms ahead", async (one, other) => {
    const { clock, broker, engine } = openTestEnvironment();
    const programs = [engine(one), engine(other)];
    for (let round = 0; round < 30; round++) {
      for (const program of programs)
        await program.session("main", { validUntil: clock.now() + 7 * 3_600_000 - 1_000 }).catch(() => undefined);
      clock.advance(15 * secondMs);
    }
    expect(broker.minted).toBeLessThanOrEqual(3);
  });
});

describe("what the record keeps of mintings", () => {
  const at = Date.UTC(2031, 2, 3, 3, 30);
  const blank = newAccountRecord({ broker: "toy", environment: "toy", identity: "user-7734", site: "" }, undefined);

  it("is the last five, and the oldest of them tells until when no session is minted by itself", () => {
    let record = blank;
    for (let minute = 0; minute < 7; minute++) {
      expect(mintingHold(record, at + minute * minuteMs)?.since).toBe(
        minute < 5 ? undefined : at + (minute - 5) * minuteMs,
      );
      record = { ...record, mintedAt: withMinting(record, at + minute * minuteMs) };
    }
    expect(record.mintedAt).toEqual([2, 3, 4, 5, 6].map((minute) => at + minute * minuteMs));
    const now = at + 7 * minuteMs;
    const until = at + 12 * minuteMs;
    expect(mintingHold(record, now)).toMatchObject({ code: "rate_limited", since: at + 2 * minuteMs, until });
    expect(mintingHold(record, now)?.error).toMatchObject({
      retryAfterMs: 5 * minuteMs,
      message: expect.stringContaining("in 300 s, nothing was sent") as string,
    });
    expect(mintingHold(record, until - 1)?.until).toBe(until);
    expect(mintingHold(record, until)).toBeUndefined();
  });
});
