import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";
import { platformOf } from "./platform.ts";

describe("the outside world", () => {
  it("is the platform's own where nothing is given", async () => {
    const calls: unknown[][] = [];
    const fetching = vi.spyOn(globalThis, "fetch").mockImplementation(async (...call) => {
      calls.push(call);
      return new Response("platform");
    });
    const dating = vi.spyOn(Date, "now").mockReturnValue(1_930_275_000_000);
    const rolling = vi.spyOn(Math, "random").mockReturnValue(0.25);
    onTestFinished(() => [fetching, dating, rolling].forEach((spy) => spy.mockRestore()));
    const platform = platformOf({});
    const init = { method: "POST" };
    expect(await (await platform.fetch("https://api.example/", init)).text()).toBe("platform");
    expect(calls).toEqual([["https://api.example/", init]]);
    expect([platform.now(), platform.random()]).toEqual([1_930_275_000_000, 0.25]);
  });

  it("is looked up with each use, so that a fetch that a program replaces later is used", async () => {
    const platform = platformOf({});
    const fetching = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("replaced"));
    onTestFinished(() => fetching.mockRestore());
    expect(await (await platform.fetch("https://api.example/")).text()).toBe("replaced");
  });

  it("is what is given, part by part", async () => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    const sleep = vi.fn<(ms: number, signal?: AbortSignal) => Promise<void>>().mockResolvedValue(undefined);
    const given = platformOf({ fetch, clock: { now: () => 7, sleep }, random: () => 0.5 });
    expect(given.fetch).toBe(fetch);
    expect([given.now(), given.random()]).toEqual([7, 0.5]);
    const { signal } = new AbortController();
    await given.sleep(10, signal);
    expect(sleep.mock.calls).toEqual([[10, signal]]);
    const partly = platformOf({ clock: { now: () => 7 }, random: undefined } as never);
    expect(partly.now()).toBe(7);
    expect(partly.random()).toBeGreaterThanOrEqual(0);
    expect(partly.random()).toBeLessThan(1);
  });
});

describe("a random number that is none", () => {
  it.each([
    () => Number.NaN,
    () => 1,
    () => -1,
    () => undefined as never,
    () => "0.5" as never,
    () => {
      throw new Error("no entropy");
    },
  ])("is drawn by the platform: no wait is made of it (%#)", (random) => {
    const drawn = platformOf({ random }).random();
    expect(drawn).toBeGreaterThanOrEqual(0);
    expect(drawn).toBeLessThan(1);
  });
});

describe("what an engine hands out", () => {
  it("is nobody's to change for others: accounts, events, challenges, sessions, headers", async () => {
    const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
    const broker = toyBroker(clock);
    const auth = createBrokerAuth({
      brokers: [toy()],
      accounts: { main: { broker: "toy", user: "user-7734", pin: "1234" } },
      store: memoryStore(),
      fetch: broker.fetch,
      clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
    });
    const heard: string[] = [];
    auth.on((event) => void Object.assign(event, { type: "changed" }));
    auth.on(({ type }) => void heard.push(type));
    await auth.beginLogin("main");
    const joined = await auth.beginLogin("main");
    if (joined.kind !== "challenge") throw new Error("it waits for an OTP");
    const { kind } = joined.challenge;
    Object.assign(joined.challenge, { kind: "changed" });
    const again = await auth.beginLogin("main");
    expect(again).toMatchObject({ challenge: { kind } });
    const session = await auth.login("main", { otp: () => broker.otp });
    for (const given of [auth.accounts, session, session.tokens, await auth.headers("main")])
      expect(Object.isFrozen(given)).toBe(true);
    expect(heard).toContain("challenge");
    expect(heard).not.toContain("changed");
  });
});

describe("a sleep", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("ends after its span and not before, and leaves nothing behind", async () => {
    const { signal } = new AbortController();
    for (const given of [undefined, signal]) {
      let slept = false;
      const sleeping = platformOf({})
        .sleep(500, given)
        .then(() => (slept = true));
      await vi.advanceTimersByTimeAsync(499);
      expect(slept).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      expect(slept).toBe(true);
      await sleeping;
    }
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("ends at once with aborted when its signal fires, and leaves no timer behind", async () => {
    const controller = new AbortController();
    const sleeping = platformOf({})
      .sleep(60_000, controller.signal)
      .catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10);
    controller.abort(new Error("a reason of the caller's own"));
    expect(await sleeping).toMatchObject({ name: "BrokerAuthError", code: "aborted" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not begin with a signal that has fired", async () => {
    await expect(platformOf({}).sleep(60_000, AbortSignal.abort())).rejects.toMatchObject({
      name: "BrokerAuthError",
      code: "aborted",
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that is over is not disturbed by its signal", async () => {
    const controller = new AbortController();
    const sleeping = platformOf({}).sleep(5, controller.signal);
    await vi.advanceTimersByTimeAsync(5);
    controller.abort();
    await expect(sleeping).resolves.toBeUndefined();
  });
});

describe("a fetch that is given", () => {
  const startAt = Date.UTC(2031, 2, 3, 3, 30, 10, 500);
  const account = { broker: "toy", user: "user-7734", pin: "1234", totpSecret: toyTotpSecret } as const;

  function engineOn(of: (fetch: typeof globalThis.fetch) => unknown) {
    const clock = fakeClock(startAt);
    const broker = toyBroker(clock);
    const auth = createBrokerAuth({
      brokers: [toy()],
      accounts: { main: account },
      store: memoryStore(),
      fetch: of(broker.fetch) as never,
      random: () => 0,
      clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
    });
    return { auth, broker };
  }

  it("may insist on being nobody's method, as a window's own does", async () => {
    const { auth, broker } = engineOn((fetch) => {
      return function windowFetch(this: unknown, ...call: Parameters<typeof fetch>): Promise<Response> {
        if (this !== undefined && this !== globalThis)
          throw new TypeError("Failed to execute 'fetch' on 'Window': Illegal invocation");
        return fetch(...call);
      };
    });
    await auth.session("main");
    expect((await auth.fetch("main", "/whoami")).status).toBe(200);
    expect((await auth.fetch("main", "/order", { method: "POST", body: "{}" })).status).toBe(200);
    expect(broker.orders).toHaveLength(1);
  });

  it("and has lost its object is named, before a factor leaves", async () => {
    class Client {
      readonly send: typeof fetch;
      constructor(send: typeof fetch) {
        this.send = send;
      }
      fetch(...call: Parameters<typeof fetch>): Promise<Response> {
        return this.send(...call);
      }
    }
    // oxlint-disable-next-line typescript/unbound-method -- it is what this is about
    const { auth, broker } = engineOn((send) => new Client(send).fetch);
    await expect(auth.session("main")).rejects.toMatchObject({
      code: "configuration",
      field: "fetch",
      action: expect.stringContaining("client.fetch(input, init)") as string,
    });
    expect(await auth.status("main")).toMatchObject({ blockedBy: undefined });
    expect(broker.requests).toEqual([]);
  });
});

/** What a call that is expected to fail fails with. */
async function failed(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("it was expected to fail");
}

describe("callers of one login that failed", () => {
  it("get an error of their own each: what one writes on it is not read by another", async () => {
    const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
    const broker = toyBroker(clock);
    const auth = createBrokerAuth({
      brokers: [toy()],
      accounts: { main: { broker: "toy", user: "user-7734", pin: "9999", totpSecret: toyTotpSecret } },
      store: memoryStore(),
      fetch: broker.fetch,
      clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
    });
    const { signal } = new AbortController();
    const errors = await Promise.all([
      failed(auth.session("main")),
      failed(auth.session("main")),
      failed(auth.session("main", { signal })),
      failed(auth.headers("main")),
      failed(auth.origin("main")),
      failed(auth.fetch("main", "/whoami")),
      failed(auth.fetch("main", "/order", { method: "POST", body: "{}" })),
      failed(auth.socket("main", "feed")),
      auth.loginAll().then(([outcome]) => (outcome?.ok === false ? outcome.error : undefined)),
    ]);
    expect(broker.pins).toEqual(["9999"]);
    expect(new Set(errors).size).toBe(errors.length);
    const [first, ...others] = errors as Error[];
    Object.assign(first!, { message: "mine", seen: true });
    for (const error of others) {
      expect(error.message).not.toBe("mine");
      expect(error).not.toHaveProperty("seen");
    }
  });
});
