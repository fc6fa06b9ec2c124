import { afterEach, describe, expect, it, vi } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAuthEvent } from "./broker-event.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, type ToyAccount, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";
import { totpCode } from "../adapter-kit/totp-code.ts";
import { Secret } from "../contract/secret.ts";

const startAt = Date.UTC(2031, 2, 3, 3, 30, 10, 500);
const unattended: ToyAccount = { user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };
const byHand: ToyAccount = { user: "user-7734", pin: "1234" };

/** A broker and a store whose logins wait until they are let go. */
function openTestEnvironment() {
  const clock = fakeClock(startAt);
  const broker = toyBroker(clock);
  const store = memoryStore();
  const events: BrokerAuthEvent[] = [];
  const sleepers: { readonly ms: number; readonly wake: () => void }[] = [];
  let asleep = Promise.withResolvers<void>();
  // Sleeps until it is woken or its signal fires, and moves the clock only then.
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const end = (): void => reject(new BrokerAuthError("aborted", "the wait was ended by its signal"));
      if (signal?.aborted) return end();
      signal?.addEventListener("abort", end, { once: true });
      const wake = (): void => {
        clock.set(Math.max(clock.now(), until));
        resolve();
      };
      const until = clock.now() + ms;
      sleepers.push({ ms, wake });
      asleep.resolve();
      asleep = Promise.withResolvers<void>();
      return undefined;
    });
  const engine = (account: ToyAccount = unattended, { heedless = false } = {}) => {
    const auth = createBrokerAuth({
      brokers: [toy()],
      accounts: { main: { broker: "toy" as const, ...account } },
      store,
      fetch: broker.fetch,
      random: () => 0,
      clock: { now: () => clock.now(), sleep: (ms, signal) => sleep(ms, heedless ? undefined : signal) },
    });
    auth.on((event) => void events.push(event));
    return auth;
  };
  /** A program whose login waits for the next TOTP step, because this one was used. */
  const waiting = async (options = {}) => {
    const first = engine();
    await first.session("main");
    await first.logout("main");
    events.length = 0;
    const auth = engine(unattended, options);
    const fallen = asleep.promise;
    const session = auth.session("main");
    session.catch(() => undefined);
    await fallen;
    return { auth, session };
  };
  return { clock, broker, store, events, sleepers, engine, waiting };
}

function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable("it was expected to fail"),
    (error: unknown) => error,
  );
}

async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  const beganAt = performance.now();
  const result = await work;
  expect(performance.now() - beganAt).toBeLessThan(ms);
  return result;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a login that waits for the next TOTP step holds nobody up", () => {
  it("a person of another program logs in meanwhile, and the login that waited adopts that session and sends nothing", async () => {
    const { broker, sleepers, engine, waiting } = openTestEnvironment();
    const { session } = await waiting();
    const minted = broker.minted;
    const person = engine(byHand);
    const { generation } = await person.login("main", { otp: () => broker.otp });
    expect(broker.minted).toBe(minted + 1);
    const sent = broker.requests.length;
    sleepers[0]?.wake();
    expect(await session).toMatchObject({ generation, obtainedBy: "store" });
    expect(broker.requests).toHaveLength(sent);
  });

  it("a logout of another program goes through at once, and the login goes on at its time", async () => {
    const { broker, sleepers, engine, waiting } = openTestEnvironment();
    const { session } = await waiting();
    await engine().logout("main");
    sleepers[0]?.wake();
    expect(await session).toMatchObject({ obtainedBy: "login" });
    expect(broker.minted).toBe(2);
  });

  it("a purge of another program goes through at once, and the login begins again from the new record", async () => {
    const { broker, sleepers, engine, waiting } = openTestEnvironment();
    const { session } = await waiting();
    await engine().purge("main");
    sleepers[0]?.wake();
    await vi.waitFor(() => expect(sleepers.length > 1 || broker.minted > 1).toBe(true));
    for (const { wake } of sleepers) wake();
    expect(await session).toMatchObject({ obtainedBy: "login" });
    expect(broker.minted).toBe(2);
  });

  it.each(["logout", "purge"] as const)(
    "a %s of its own program ends it: nobody is logged in after that",
    async (word) => {
      const { broker, sleepers, waiting } = openTestEnvironment();
      const { auth, session } = await waiting();
      await auth[word]("main");
      sleepers[0]?.wake();
      expect(await failure(session)).toMatchObject({ code: "aborted", account: "main" });
      expect(broker.minted).toBe(1);
    },
  );

  it("two of them wait together, and one logs in for both (P1)", async () => {
    const { broker, sleepers, engine, waiting } = openTestEnvironment();
    const { session } = await waiting();
    const other = engine().session("main");
    await vi.waitFor(() => expect(sleepers).toHaveLength(2));
    for (const { wake } of sleepers) wake();
    const sessions = await Promise.all([session, other]);
    expect(new Set(sessions.map(({ generation }) => generation)).size).toBe(1);
    expect(broker.minted).toBe(2);
  });

  it("what was refused meanwhile is not sent after the wait (P2)", async () => {
    const { broker, sleepers, engine, waiting } = openTestEnvironment();
    const { session } = await waiting();
    broker.pin = "5678";
    const person = engine({ user: "user-7734", pin: "1234" });
    await failure(person.login("main", { otp: () => broker.otp }));
    const pins = broker.pins.length;
    sleepers[0]?.wake();
    expect(await failure(session)).toMatchObject({ code: "login_blocked", account: "main" });
    expect(broker.pins).toHaveLength(pins);
  });

  it("the engine's close ends it within a second, also where its clock does not heed the signal", async () => {
    for (const heedless of [false, true]) {
      const { waiting, sleepers, broker, store } = openTestEnvironment();
      const { auth, session } = await waiting({ heedless });
      await within(1_000, auth.close());
      expect(await failure(session)).toMatchObject({ code: "aborted", account: "main" });
      const swap = vi.spyOn(store, "swap");
      sleepers[0]?.wake();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(broker.minted).toBe(1);
      expect(swap).not.toHaveBeenCalled();
    }
  });

  it("listeners are told what it waits for, and until when", async () => {
    const { clock, events, sleepers, waiting } = openTestEnvironment();
    const nextStep = (Math.floor(clock.now() / 30_000) + 1) * 30_000;
    const { session } = await waiting();
    sleepers[0]?.wake();
    await session;
    expect(events.slice(0, 2)).toMatchObject([
      { type: "login_started", by: "login" },
      { type: "waiting", for: "totp_step", until: nextStep + 1_000 },
    ]);
  });
});

describe("a factor that was written down before the wait", () => {
  it("is no attempt of a dead process to whoever comes meanwhile, and belongs to its request again afterwards", async () => {
    const { clock, broker, sleepers, engine, store } = openTestEnvironment();
    await engine().session("main");
    const provider = toy();
    const auth = createBrokerAuth({
      brokers: [
        {
          ...provider,
          enrolment: {
            generate: async () => ({ secret: new Secret(toyTotpSecret) }),
            // The MPIN first, and then a code that has to be waited for; both leave in one request.
            async enable(_secret, _session, _credentials, context) {
              await context.recordAttempt({ factor: "mpin", step: "enable" });
              await context.sleep(20_000, context.signal, "totp_step");
              await context.recordAttempt({ factor: "totp", step: "enable", answer: new Secret("123456") });
              throw new BrokerAuthError("pin_rejected", "the MPIN was refused");
            },
            disable: async () => undefined,
          },
        },
      ],
      accounts: { main: { broker: "toy" as const, ...unattended } },
      store,
      fetch: broker.fetch,
      clock: {
        now: () => clock.now(),
        sleep: (ms) => new Promise((resolve) => void sleepers.push({ ms, wake: resolve })),
      },
    });
    const enrolled = failure(auth.enableTotp("main", { save: () => undefined }));
    await vi.waitFor(() => expect(sleepers).toHaveLength(1));
    // Another program looks in: for it nothing is open, and nothing is counted.
    const other = engine();
    await other.logout("main");
    expect(await other.status("main")).toMatchObject({ blockedBy: undefined });
    sleepers[0]?.wake();
    expect(await enrolled).toMatchObject({ code: "pin_rejected" });
    // The refusal is the MPIN's, which left together with the code.
    expect(await failure(engine().session("main"))).toMatchObject({ code: "login_blocked" });
    expect(broker.pins).toEqual(["1234"]);
  });
});

describe("a code source that does not answer", () => {
  const silent: ToyAccount = { user: "user-7734", pin: "1234", totpCode: () => new Promise<string>(() => undefined) };

  it("holds up nobody: a person logs in, logs out and purges meanwhile, and close ends within a second", async () => {
    const { broker, engine, events } = openTestEnvironment();
    const auth = engine(silent);
    const session = failure(auth.session("main"));
    await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain("waiting"));
    expect(events.at(-1)).toMatchObject({ type: "waiting", for: "code_source", until: startAt + 30_000 - 50 });
    const person = engine(byHand);
    await within(1_000, person.login("main", { otp: () => broker.otp }));
    await within(1_000, person.logout("main"));
    await within(1_000, person.purge("main"));
    await within(1_000, auth.close());
    expect(await session).toMatchObject({ code: "aborted" });
  });

  it("holds up nobody of its own program either, once a session is there: whoever asks, and whoever waits", async () => {
    const { broker, engine, events } = openTestEnvironment();
    const auth = engine(silent);
    const first = auth.session("main");
    await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain("waiting"));
    const { generation } = await engine(byHand).login("main", { otp: () => broker.otp });
    expect(await within(1_000, auth.session("main"))).toMatchObject({ generation, obtainedBy: "store" });
    expect(await within(1_000, first)).toMatchObject({ generation, obtainedBy: "store" });
    await auth.logout("main");
    // That login is over: the next one asks the source anew.
    expect((await auth.status("main")).state).toBe("logged_out");
    await within(1_000, auth.close());
    expect(broker.minted).toBe(1);
  });

  it("does not keep a session for longer than was asked from one that reaches it", async () => {
    const { clock, broker, engine, events } = openTestEnvironment();
    const auth = engine(silent);
    const longer = auth.session("main", { validUntil: clock.now() + 3_600_000 });
    await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain("waiting"));
    broker.lifetimeMs = 600_000;
    const short = await engine(byHand).login("main", { otp: () => broker.otp });
    expect(await within(1_000, auth.session("main"))).toMatchObject({ generation: short.generation });
    expect(await Promise.race([longer, new Promise((resolve) => setTimeout(resolve, 50, "waits"))])).toBe("waits");
    const closed = auth.close();
    expect(await failure(longer)).toMatchObject({ code: "aborted" });
    await closed;
  });

  it("has 30 seconds, and is named then", async () => {
    const { broker, engine } = openTestEnvironment();
    const asked = Promise.withResolvers<void>();
    const never = (): Promise<string> => {
      asked.resolve();
      return new Promise(() => undefined);
    };
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const error = failure(engine({ ...silent, totpCode: never }).session("main"));
    await asked.promise;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await error).toMatchObject({
      code: "needs_input",
      challenge: "totp",
      message: "the TOTP code source gave no code within 30 s; nothing was sent",
    });
    expect(broker.requests).not.toContain("/totp");
  });

  it("leaves no timer behind once the engine is closed: the program can end", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { engine } = openTestEnvironment();
    const asked = Promise.withResolvers<void>();
    const auth = engine({
      ...silent,
      totpCode: () => {
        asked.resolve();
        return new Promise<string>(() => undefined);
      },
    });
    const session = failure(auth.session("main"));
    await asked.promise;
    await vi.advanceTimersByTimeAsync(100);
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    await auth.close();
    expect(await session).toMatchObject({ code: "aborted" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that answers after a while is used like one that answers at once, from the record as it is by then", async () => {
    const { clock, broker, engine, store } = openTestEnvironment();
    const gate = Promise.withResolvers<void>();
    let asked = 0;
    const auth = engine({
      ...silent,
      totpCode: async () => {
        asked += 1;
        await gate.promise;
        return totpCode(new Secret(toyTotpSecret), Math.floor(clock.now() / 30_000));
      },
    });
    const lock = vi.spyOn(store, "lock");
    const session = auth.session("main");
    await vi.waitFor(() => expect(asked).toBe(1));
    const before = lock.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 80));
    gate.resolve();
    expect(await session).toMatchObject({ obtainedBy: "login" });
    expect(lock.mock.calls.length).toBe(before + 1);
    expect(broker.minted).toBe(1);
  });
});

describe("a login that waits for another one", () => {
  it("says so, and is served as soon as that one is through", async () => {
    const { events, broker, engine } = openTestEnvironment();
    const gate = Promise.withResolvers<void>();
    broker.hold = (path) => (path === "/pin" ? gate.promise : undefined);
    const first = engine().session("main");
    await vi.waitFor(() => expect(broker.requests).toContain("/totp"));
    const second = engine().session("main");
    await vi.waitFor(() =>
      expect(events.at(-1)).toMatchObject({ type: "waiting", for: "other_login", until: undefined }),
    );
    gate.resolve();
    const sessions = await Promise.all([first, second]);
    expect(new Set(sessions.map(({ generation }) => generation)).size).toBe(1);
    expect(broker.minted).toBe(1);
  });
});
