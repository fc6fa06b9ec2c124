import { describe, expect, it } from "vitest";
import { fakeClock } from "./fake-clock.ts";

describe("a fake clock", () => {
  it("begins on a Monday morning before the market opens, or where it is told to", () => {
    const start = new Intl.DateTimeFormat("en-GB", {
      timeZone: "Asia/Kolkata",
      weekday: "long",
      hour: "2-digit",
      minute: "2-digit",
    });
    expect(start.format(fakeClock().now())).toMatch(/Monday.*09:00/);
    expect(fakeClock(5).now()).toBe(5);
  });

  it("stands still until somebody moves it or sleeps on it", async () => {
    const clock = fakeClock(1_000);
    expect([clock.now(), clock.now()]).toEqual([1_000, 1_000]);
    clock.advance(50);
    expect(clock.now()).toBe(1_050);
    await clock.sleep(200);
    expect(clock.now()).toBe(1_250);
    clock.set(7);
    expect(clock.now()).toBe(7);
    clock.advance(-7);
    expect(clock.now()).toBe(0);
  });

  it("notes what was slept, and not what it was moved by", async () => {
    const clock = fakeClock();
    clock.advance(5);
    await clock.sleep(10);
    await clock.sleep(20, new AbortController().signal);
    expect(clock.sleeps).toEqual([10, 20]);
  });

  it("does not move for a sleeper whose signal has fired", async () => {
    const clock = fakeClock(0);
    await expect(clock.sleep(10, AbortSignal.abort())).rejects.toMatchObject({
      name: "BrokerAuthError",
      code: "aborted",
    });
    expect([clock.now(), clock.sleeps]).toEqual([0, []]);
  });

  it("is one of many", async () => {
    const [one, two] = [fakeClock(0), fakeClock(0)];
    await one.sleep(10);
    expect([two.now(), two.sleeps]).toEqual([0, []]);
  });
});
