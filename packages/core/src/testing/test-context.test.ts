import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { fakeClock } from "./fake-clock.ts";
import { scriptedFetch } from "./scripted-fetch.ts";
import { testContext } from "./test-context.ts";

describe("what a provider is lent in a test", () => {
  it("has a clock of its own, a device id, and no TOTP step used", () => {
    const context = testContext();
    expect(context.deviceId.reveal()).toBe("device-0001");
    expect(context.lastTotpStep).toBe(-1);
    expect(context.spent).toEqual([]);
    expect(context.signal).toBeUndefined();
    expect(context.fetch).toBe(globalThis.fetch);
    expect(context.now()).toBe(context.clock.now());
    expect(testContext().clock).not.toBe(context.clock);
  });

  it("takes what is given", async () => {
    const clock = fakeClock(5);
    const { fetch } = scriptedFetch();
    const { signal } = new AbortController();
    const context = testContext({ clock, fetch, signal, deviceId: "mine", lastTotpStep: 7 });
    expect([context.fetch, context.signal, context.deviceId.reveal(), context.lastTotpStep]).toEqual([
      fetch,
      signal,
      "mine",
      7,
    ]);
    await context.sleep(10);
    expect([context.now(), clock.now(), clock.sleeps]).toEqual([15, 15, [10]]);
  });

  it("notes every attempt, and its TOTP step as the newest", async () => {
    const context = testContext();
    await context.recordAttempt({ factor: "totp", step: "login", totpStep: 64 });
    await context.recordAttempt({ factor: "mpin", step: "verifypin" });
    expect(context.spent).toEqual([
      { factor: "totp", step: "login", totpStep: 64 },
      { factor: "mpin", step: "verifypin" },
    ]);
    expect(context.lastTotpStep).toBe(64);
  });

  it("notes nothing of an attempt that is refused", async () => {
    const refusal = new BrokerAuthError("login_blocked", "m");
    const context = testContext({ recordAttempt: () => Promise.reject(refusal) });
    await expect(context.recordAttempt({ factor: "totp", step: "login", totpStep: 64 })).rejects.toBe(refusal);
    expect([context.spent, context.lastTotpStep]).toEqual([[], -1]);
  });

  it("refuses a TOTP step that was used, as the engine does", async () => {
    const context = testContext({ lastTotpStep: 5 });
    for (const totpStep of [5, 4]) {
      await expect(context.recordAttempt({ factor: "totp", step: "login", totpStep })).rejects.toMatchObject({
        name: "BrokerAuthError",
        code: "needs_input",
        challenge: "totp",
      });
    }
    expect([context.spent, context.lastTotpStep]).toEqual([[], 5]);
    await context.recordAttempt({ factor: "totp", step: "login", totpStep: 6 });
    expect(context.lastTotpStep).toBe(6);
  });

  it("asks about an attempt before it is noted", async () => {
    const seen: number[] = [];
    const context = testContext({ recordAttempt: () => void seen.push(context.spent.length) });
    await context.recordAttempt({ factor: "mpin", step: "verifypin" });
    expect(seen).toEqual([0]);
  });

  it("ends a sleep with the signal that is given to it", async () => {
    const context = testContext();
    await expect(context.sleep(10, AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
  });
});
