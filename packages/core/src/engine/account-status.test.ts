import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

const minuteMs = 60_000;

function openTestEnvironment() {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const store = memoryStore();
  const platform = { random: () => 0, clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) } };
  const main = { broker: "toy" as const, user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };
  const engine = (provider = toy(), program?: string) =>
    createBrokerAuth({ brokers: [provider], accounts: { main }, store, program, fetch: broker.fetch, ...platform });
  const auth = engine();
  /** What every program is told, whether it met the failure or not. */
  const told = async () => {
    const [here, elsewhere] = [await auth.status("main"), await engine().status("main")];
    const { state, blockedBy, blockedSince, blockedUntil } = here;
    expect(elsewhere).toMatchObject({ blockedBy, blockedSince, blockedUntil });
    return { state, blockedBy, blockedSince, blockedUntil };
  };
  const fails = async (engineOf = auth): Promise<void> => {
    await engineOf.session("main").then(
      () => expect.unreachable("the login was expected to fail"),
      () => undefined,
    );
  };
  return { clock, broker, auth, engine, told, fails };
}

const free = { blockedBy: undefined, blockedSince: undefined, blockedUntil: undefined };

describe("the status tells what holds up automatic logins, since when and until when", () => {
  it("a refusal: since the broker said no, until a person acts", async () => {
    const { clock, broker, auth, told, fails } = openTestEnvironment();
    broker.pin = "5678";
    await fails();
    const since = clock.now();
    expect(await told()).toEqual({
      state: "login_blocked",
      blockedBy: "pin_rejected",
      blockedSince: since,
      blockedUntil: undefined,
    });
    clock.advance(48 * 60 * minuteMs);
    await fails();
    expect(await told()).toMatchObject({ blockedBy: "pin_rejected", blockedSince: since });
    broker.pin = "1234";
    await auth.unlock("main");
    expect(await told()).toEqual({ state: "logged_out", ...free });
  });

  it("silence about credentials that have worked: since the newest try, until the next one, and it is no block", async () => {
    const { clock, broker, auth, told, fails } = openTestEnvironment();
    await auth.session("main");
    clock.advance(26 * 60 * minuteMs);
    broker.endRenewals();
    broker.fault = (path) => (path === "/totp" ? 500 : undefined);
    for (const pauseMs of [minuteMs, 12 * minuteMs, 12 * minuteMs]) {
      await fails();
      const since = clock.now();
      expect(await told()).toEqual({
        state: "expired",
        blockedBy: "outcome_unknown",
        blockedSince: since,
        blockedUntil: since + pauseMs,
      });
      clock.advance(pauseMs);
      expect(await told()).toEqual({ state: "expired", ...free });
    }
    broker.fault = undefined;
    await auth.session("main");
    expect(await told()).toEqual({ state: "logged_in", ...free });
  });

  it("a broker that turns attempts away unseen: until the time that it names", async () => {
    const { clock, engine, told, fails } = openTestEnvironment();
    await fails(
      engine({
        ...toy(),
        async begin(_account, context) {
          await context.recordAttempt({ factor: "mpin", step: "mpin" });
          throw new BrokerAuthError("rate_limited", "too fast", { status: 429, retryAfterMs: 90_000 });
        },
      }),
    );
    const since = clock.now();
    expect(await told()).toEqual({
      state: "logged_out",
      blockedBy: "rate_limited",
      blockedSince: since,
      blockedUntil: since + 90_000,
    });
  });

  it("a fight over the account: since the session that ended early, until the end of the pause", async () => {
    const { clock, broker, auth, told } = openTestEnvironment();
    for (const _ of [1, 2]) {
      await auth.session("main");
      broker.evict();
      await auth.fetch("main", "/whoami").catch(() => undefined);
    }
    broker.evict();
    await auth.fetch("main", "/whoami").catch(() => undefined);
    const { blockedSince, ...current } = await told();
    expect(current).toEqual({
      state: "logged_out",
      blockedBy: "session_replaced",
      blockedUntil: (blockedSince ?? 0) + 10 * minuteMs,
    });
    clock.advance(10 * minuteMs);
    expect(await told()).toMatchObject(free);
  });
});

describe("the status tells which program minted the session", () => {
  it("by the name that the program gave itself, for every program on the store, as long as there is a session", async () => {
    const { engine } = openTestEnvironment();
    const strategy = engine(toy(), "strategy (desk 2)");
    const other = engine();
    await strategy.session("main");
    expect((await other.status("main")).mintedBy).toBe("strategy (desk 2)");
    await other.session("main");
    expect((await strategy.status("main")).mintedBy).toBe("strategy (desk 2)");
    await other.logout("main");
    expect((await strategy.status("main")).mintedBy).toBeUndefined();
    await other.session("main");
    expect((await strategy.status("main")).mintedBy).toBeUndefined();
  });

  it.each(["", "x".repeat(49), "two\nlines", "\u001b[31m", 5, null])("%o is no name of a program", (program) => {
    const { engine } = openTestEnvironment();
    expect(() => engine(toy(), program as string)).toThrow(
      expect.objectContaining({ code: "configuration", message: expect.stringContaining("program:") as string }),
    );
  });
});
