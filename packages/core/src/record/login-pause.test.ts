import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pauseLeft, silentPause, toldPause } from "./login-pause.ts";

const seed = 20310303;
const now = Date.UTC(2031, 2, 3, 3, 30);
const minuteMs = 60_000;

describe("the wait that is told", () => {
  it.each([
    [undefined, minuteMs],
    [0, minuteMs],
    [59_999, minuteMs],
    [60_001, 60_001],
    [3_600_000, 3_600_000],
  ])("is at least a minute: %s ms", (retryAfterMs, waitMs) => {
    const pause = toldPause(undefined, "rate_limited", retryAfterMs, now);
    expect(pause).toEqual({ code: "rate_limited", since: now, until: now + waitMs, tries: 0 });
    expect(pauseLeft(pause, now)).toBe(waitMs);
  });

  it("does not begin the row of silent tries anew, nor end a longer wait", () => {
    const silent = silentPause(undefined, "outcome_unknown", 600_000, { now, random: 0 });
    expect(toldPause(silent, "rate_limited", undefined, now + 1_000)).toMatchObject({ tries: 1, until: now + 600_000 });
    expect(toldPause(silent, "rate_limited", undefined, now + 600_000)).toMatchObject({ until: now + 660_000 });
  });
});

describe("the wait after a try without a clear answer", () => {
  it("is a minute, then 12 to 14 minutes for ever, whatever is drawn, and longer only where that is asked for", () => {
    const draws = fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat({ max: 3_600_000 })), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(draws, (tries) => {
        let at = now;
        let pause = undefined as ReturnType<typeof silentPause> | undefined;
        for (const [index, [random, told]] of tries.entries()) {
          pause = silentPause(pause, "outcome_unknown", told, { now: at, random });
          const waitMs = pause.until - at;
          const [least, most] = index === 0 ? [minuteMs, minuteMs] : [12 * minuteMs, 14 * minuteMs];
          expect(waitMs).toBeGreaterThanOrEqual(Math.max(least, told) - 1);
          expect(waitMs).toBeLessThanOrEqual(Math.max(most, told) + 1);
          expect(pause).toMatchObject({ since: at, tries: index + 1 });
          at = pause.until;
        }
      }),
      { seed },
    );
  });
});

describe("a pause", () => {
  const pause = { code: "outcome_unknown", since: now, until: now + 780_000, tries: 2 } as const;

  it.each([
    [0, 780_000],
    [779_999.5, 1],
    [780_000, 0],
    [1e9, 0],
    [-minuteMs, 780_000],
    [-15 * minuteMs, 780_000],
    [-15 * minuteMs - 1, 0],
  ])(
    "seen %d ms after it began lasts for another %d ms: one a little ahead begins now, and a clock that was set back prolongs nothing",
    (ageMs, left) => {
      expect(pauseLeft(pause, now + ageMs)).toBe(left);
    },
  );

  it("that was never made is over", () => {
    expect(pauseLeft(undefined, now)).toBe(0);
  });
});
