import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFresh, isTooFar, measuredOffset, tooFarApart } from "./clock-offset.ts";

const seed = 20310303;
const now = Date.UTC(2031, 2, 3, 3, 30, 10, 500);
const minuteMs = 60_000;

/** An answer that the host sent for at `now` and that took so long, seen by a host whose clock is off by `offsetMs`. */
function trip(tookMs: number, setMs = 0): Parameters<typeof measuredOffset>[2] {
  return { sentAt: now, answeredAt: now + tookMs + setMs, tookMs };
}

describe("the difference of the clocks", () => {
  it("is known to half a round trip and the half second that a Date leaves open", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -800_000, max: 800_000 }),
        fc.integer({ min: 0, max: 2_500 }),
        fc.integer({ min: 0, max: 2_500 }),
        (offsetMs, thereMs, backMs) => {
          const brokerAt = Math.floor((now + thereMs + offsetMs) / 1_000) * 1_000 + 500;
          const measured = measuredOffset(brokerAt, 0, trip(thereMs + backMs), 0);
          expect(measured?.measuredAt).toBe(now + thereMs + backMs);
          expect(Number.isInteger(measured?.offsetMs)).toBe(true);
          expect(Math.abs((measured?.offsetMs ?? Number.NaN) - offsetMs)).toBeLessThanOrEqual(thereMs + backMs + 1_001);
        },
      ),
      { seed },
    );
  });

  it("stays as it is known where an answer does not contradict it", () => {
    for (const knownMs of [-7_400, -7_000, -6_600])
      expect(measuredOffset(now - 7_000, 0, trip(0), knownMs)?.offsetMs).toBe(knownMs);
    for (const knownMs of [-7_501, -6_499, 0])
      expect(measuredOffset(now - 7_000, 0, trip(0), knownMs)?.offsetMs).toBe(-7_000);
    // A slow answer says less.
    expect(measuredOffset(now + 2_000, 0, trip(4_000), 900)?.offsetMs).toBe(900);
  });

  it("is exact where both legs take the same time", () => {
    expect(measuredOffset(now + 120 - 7_000, 0, trip(240), 0)?.offsetMs).toBe(-7_000);
  });

  it.each([
    ["took longer than five seconds", measuredOffset(now, 0, trip(5_001), 0)],
    ["told no time", measuredOffset(Number.NaN, 0, trip(10), 0)],
    ["told no time that could be", measuredOffset(Number.POSITIVE_INFINITY, 0, trip(10), 0)],
    [
      "came before it was sent for",
      measuredOffset(now, 0, { sentAt: now, answeredAt: now - 600_000, tookMs: -600_000 }, 0),
    ],
    ["came after the host's clock was set", measuredOffset(now, 0, trip(10, -600_000), 0)],
    ["came after the host's clock was set ahead", measuredOffset(now, 0, trip(10, 5_000), 0)],
  ])("is not told by an answer that %s", (_, measured) => {
    expect(measured).toBeUndefined();
  });

  it.each([5_000, 0])("is told by one that took %d ms", (tookMs) => {
    expect(measuredOffset(now, 0, trip(tookMs), 0)).toBeDefined();
  });
});

describe("an answer that lay in a cache", () => {
  const ageMs = 120_000;

  it("tells nothing where it fits the host's clock: as one with the date of its making, or with a new one", () => {
    for (const brokerAt of [now - ageMs, now - 60_000, now])
      expect(measuredOffset(brokerAt, ageMs, trip(20), 0)).toBeUndefined();
  });

  it("tells the difference where no reading of it fits", () => {
    expect(measuredOffset(now - 95_000 - ageMs, ageMs, trip(0), 0)?.offsetMs).toBe(-95_000);
    expect(measuredOffset(now + 95_000, ageMs, trip(0), 0)?.offsetMs).toBe(215_000);
  });
});

describe("a measurement of another process", () => {
  it.each([
    ["a moment ago", 0, true],
    ["almost a minute ago", minuteMs - 1, true],
    ["a minute ago", minuteMs, false],
    ["almost a minute ahead, as after a clock that was set back", 1 - minuteMs, true],
    ["a minute ahead", -minuteMs, false],
  ])("counts for a minute: %s", (_, ageMs, fresh) => {
    expect(isFresh({ offsetMs: 50, measuredAt: now - ageMs }, now)).toBe(fresh);
  });

  it("that was never made does not count", () => {
    expect(isFresh(undefined, 0)).toBe(false);
  });
});

describe("clocks that are far apart", () => {
  it.each([
    [900_000, false],
    [-900_000, false],
    [900_001, true],
    [-900_001, true],
    [86_400_000, true],
  ])("make no code at %d ms: %s", (offsetMs, tooFar) => {
    expect(isTooFar(offsetMs)).toBe(tooFar);
    const error = tooFarApart(offsetMs);
    expect(error.code).toBe("clock_skew");
    expect(error.message).toContain(`by ${Math.round(Math.abs(offsetMs) / 60_000)} minutes; nothing was sent`);
  });
});
