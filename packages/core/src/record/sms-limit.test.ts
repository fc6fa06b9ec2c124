import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { elapsedMs } from "./elapsed.ts";
import { withSms } from "./sms-limit.ts";

const now = Date.UTC(2031, 2, 3, 3, 30);
const minuteMs = 60_000;

function waitOf(act: () => unknown): number | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof BrokerAuthError && error.code === "rate_limited") return error.retryAfterMs;
    throw error;
  }
}

describe("messages by SMS within ten minutes", () => {
  it("are three at most, whichever calls send them", () => {
    const two = withSms(undefined, now, 2);
    expect(two).toEqual([now, now]);
    expect(waitOf(() => withSms(two, now + minuteMs, 2))).toBe(9 * minuteMs);
    expect(withSms(two, now + minuteMs, 1)).toHaveLength(3);
    expect(waitOf(() => withSms([now, now + 1, now + 2], now + minuteMs, 1))).toBe(9 * minuteMs);
    expect(withSms(two, now + 10 * minuteMs, 2)).toHaveLength(2);
  });

  it("are counted before the first call of a login that takes two, which is not stopped between them", () => {
    expect(withSms([now, now, now], now, 0)).toEqual([now, now, now]);
  });

  it("count as of now where another host's clock is ahead, and not at all where a clock was set back by hours", () => {
    const ahead = now + 40_000;
    expect(waitOf(() => withSms([ahead, ahead, ahead], now, 1))).toBe(10 * minuteMs);
    expect(withSms([now + 5 * 3_600_000], now, 1)).toEqual([now]);
  });
});

describe("the time since a moment of the record", () => {
  it("is never negative, and endless for a moment that no clock can be ahead by", () => {
    expect(elapsedMs(now - 5, now)).toBe(5);
    expect(elapsedMs(now + 3_600_000, now)).toBe(0);
    expect(elapsedMs(now + 3_600_001, now)).toBe(Infinity);
  });
});
