import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Backoff } from "./backoff.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { type BrokerAuthErrorCode, errorCodes } from "../errors/error-codes.ts";

const seed = 20310303;
const now = Date.UTC(2031, 2, 3, 3, 30);
const away = new BrokerAuthError("broker_unavailable", "the broker is away", { broker: "nubra", status: 503 });

/** How long after the last of so many failures the next try is refused, in milliseconds. */
function waitAfter(failures: number, random: number): number | undefined {
  const backoff = new Backoff();
  for (let failure = 0; failure < failures; failure++) backoff.failed(away, now, random);
  return backoff.refusal(now)?.retryAfterMs;
}

describe("the wait before the next automatic login", () => {
  it("doubles from a second up to a minute", () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 20, 2_000].map((failures) => waitAfter(failures, 0));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
  });

  it("is shortened by up to half at random, and never to nothing", () => {
    expect(waitAfter(1, 0.5)).toBe(750);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, random) => {
          const longest = waitAfter(failures, 0) ?? Number.NaN;
          const wait = waitAfter(failures, random) ?? Number.NaN;
          expect(wait).toBeGreaterThanOrEqual(longest / 2);
          expect(wait).toBeLessThanOrEqual(longest);
        },
      ),
      { seed },
    );
  });

  it("does not exist before the first failure", () => {
    expect(new Backoff().refusal(now)).toBeUndefined();
  });

  it("is over at its end, and says until then how long it still is", () => {
    const backoff = new Backoff();
    backoff.failed(away, now, 0);
    expect(backoff.refusal(now + 1)?.retryAfterMs).toBe(999);
    expect(backoff.refusal(now + 999.5)?.retryAfterMs).toBe(1);
    expect(backoff.refusal(now + 1_000)).toBeUndefined();
  });

  it("is over where the clock was set back, rather than as long as the clock is behind", () => {
    const backoff = new Backoff();
    backoff.failed(away, now, 0);
    for (const backMs of [1, 3_600_000, 86_400_000]) expect(backoff.refusal(now - backMs)).toBeUndefined();
    expect(backoff.refusal(now)?.retryAfterMs).toBe(1_000);
  });

  it("shows the error of the last try", () => {
    const backoff = new Backoff();
    backoff.failed(away, now, 0);
    backoff.failed(new BrokerAuthError("rate_limited", "slow down", { status: 429 }), now, 0);
    expect(backoff.refusal(now)).toMatchObject({
      code: "rate_limited",
      message: "slow down",
      status: 429,
      retryAfterMs: 2_000,
    });
  });

  it("is as long as the broker asks for, where that is longer", () => {
    const backoff = new Backoff();
    backoff.failed(away.with({ retryAfterMs: 90_000 }), now, 0);
    expect(backoff.refusal(now)?.retryAfterMs).toBe(90_000);
    const shorter = new Backoff();
    shorter.failed(away.with({ retryAfterMs: 10 }), now, 0);
    expect(shorter.refusal(now)?.retryAfterMs).toBe(1_000);
  });

  it("ends with a success, and begins small again after it", () => {
    const backoff = new Backoff();
    for (let failure = 0; failure < 5; failure++) backoff.failed(away, now, 0);
    backoff.succeeded();
    expect(backoff.refusal(now)).toBeUndefined();
    backoff.failed(away, now, 0);
    expect(backoff.refusal(now)?.retryAfterMs).toBe(1_000);
  });

  it.each(
    (Object.keys(errorCodes) as BrokerAuthErrorCode[]).map(
      (code) => [code, ["broker_unavailable", "rate_limited"].includes(code)] as const,
    ),
  )("comes after %s: %s", (code, waits) => {
    const backoff = new Backoff();
    backoff.failed(new BrokerAuthError(code, "m"), now, 0);
    expect(backoff.refusal(now) !== undefined).toBe(waits);
  });

  it("is kept where an error of another kind comes in between", () => {
    const backoff = new Backoff();
    backoff.failed(away, now, 0);
    backoff.failed(new BrokerAuthError("login_blocked", "m"), now, 0);
    expect(backoff.refusal(now)).toMatchObject({ code: "broker_unavailable", retryAfterMs: 1_000 });
  });
});
