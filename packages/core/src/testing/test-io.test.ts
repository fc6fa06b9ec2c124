import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { fakeClock } from "./fake-clock.ts";
import { scriptedFetch } from "./scripted-fetch.ts";
import { testIo } from "./test-io.ts";

describe("what a provider is lent in a test", () => {
  it("has a clock of its own, a device id, and no TOTP step used", () => {
    const io = testIo();
    expect(io.deviceId.reveal()).toBe("device-0001");
    expect(io.lastTotpStep).toBe(-1);
    expect(io.spent).toEqual([]);
    expect(io.signal).toBeUndefined();
    expect(io.fetch).toBe(globalThis.fetch);
    expect(io.now()).toBe(io.clock.now());
    expect(testIo().clock).not.toBe(io.clock);
  });

  it("takes what is given", async () => {
    const clock = fakeClock(5);
    const { fetch } = scriptedFetch();
    const { signal } = new AbortController();
    const io = testIo({ clock, fetch, signal, deviceId: "mine", lastTotpStep: 7 });
    expect([io.fetch, io.signal, io.deviceId.reveal(), io.lastTotpStep]).toEqual([fetch, signal, "mine", 7]);
    await io.sleep(10);
    expect([io.now(), clock.now(), clock.sleeps]).toEqual([15, 15, [10]]);
  });

  it("notes every attempt, and its TOTP step as the newest", async () => {
    const io = testIo();
    await io.spend({ factor: "totp", step: "login", totpStep: 64 });
    await io.spend({ factor: "mpin", step: "verifypin" });
    expect(io.spent).toEqual([
      { factor: "totp", step: "login", totpStep: 64 },
      { factor: "mpin", step: "verifypin" },
    ]);
    expect(io.lastTotpStep).toBe(64);
  });

  it("notes nothing of an attempt that is refused", async () => {
    const refusal = new BrokerAuthError("login_blocked", "m");
    const io = testIo({ spend: () => Promise.reject(refusal) });
    await expect(io.spend({ factor: "totp", step: "login", totpStep: 64 })).rejects.toBe(refusal);
    expect([io.spent, io.lastTotpStep]).toEqual([[], -1]);
  });

  it("refuses a TOTP step that was used, as the engine does", async () => {
    const io = testIo({ lastTotpStep: 5 });
    for (const totpStep of [5, 4]) {
      await expect(io.spend({ factor: "totp", step: "login", totpStep })).rejects.toMatchObject({
        name: "BrokerAuthError",
        code: "needs_input",
        challenge: "totp",
      });
    }
    expect([io.spent, io.lastTotpStep]).toEqual([[], 5]);
    await io.spend({ factor: "totp", step: "login", totpStep: 6 });
    expect(io.lastTotpStep).toBe(6);
  });

  it("asks about an attempt before it is noted", async () => {
    const seen: number[] = [];
    const io = testIo({ spend: () => void seen.push(io.spent.length) });
    await io.spend({ factor: "mpin", step: "verifypin" });
    expect(seen).toEqual([0]);
  });

  it("ends a sleep with the signal that is given to it", async () => {
    const io = testIo();
    await expect(io.sleep(10, AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
  });
});
