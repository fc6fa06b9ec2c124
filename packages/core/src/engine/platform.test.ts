import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
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
