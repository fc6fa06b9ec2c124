import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "./broker-auth-error.ts";
import { isFresh, measureClock } from "./clock-offset.ts";
import { fakeClock } from "./testing/fake-clock.ts";
import { type Platform, platformOf } from "./platform.ts";

const seed = 20310303;
const minuteMs = 60_000;

/** A broker whose clock is off by `offsetMs`, reached over a connection with these two legs. */
function bench({ offsetMs = 0, thereMs = 0, backMs = 0 } = {}) {
  const clock = fakeClock();
  const platform: Platform = platformOf({ clock: { now: () => clock.now(), sleep: async (ms) => clock.sleep(ms) } });
  let asked = 0;
  const serverTime = async (): Promise<number> => {
    asked += 1;
    clock.advance(thereMs);
    const time = clock.now() + offsetMs;
    clock.advance(backMs);
    return time;
  };
  return { clock, platform, serverTime, asked: () => asked };
}

describe("the broker's clock", () => {
  it("is measured to half a round trip, with the host's time of the measurement", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -800_000, max: 800_000 }),
        fc.integer({ min: 0, max: 2_500 }),
        fc.integer({ min: 0, max: 2_500 }),
        async (offsetMs, thereMs, backMs) => {
          const { clock, platform, serverTime } = bench({ offsetMs, thereMs, backMs });
          const measured = await measureClock(undefined, platform, serverTime);
          expect(measured?.measuredAt).toBe(clock.now());
          expect(Number.isInteger(measured?.offsetMs)).toBe(true);
          expect(Math.abs((measured?.offsetMs ?? Number.NaN) - offsetMs)).toBeLessThanOrEqual(
            (thereMs + backMs) / 2 + 1,
          );
        },
      ),
      { seed },
    );
  });

  it("is exact where both legs take the same time", async () => {
    const { platform, serverTime } = bench({ offsetMs: -7_000, thereMs: 120, backMs: 120 });
    expect((await measureClock(undefined, platform, serverTime))?.offsetMs).toBe(-7_000);
  });

  it.each([
    ["a moment ago", 0, false],
    ["almost a minute ago", minuteMs - 1, false],
    ["a minute ago", minuteMs, true],
    ["almost a minute ahead, as after a clock that was set back", 1 - minuteMs, false],
    ["a minute ahead", -minuteMs, true],
  ])("is asked for again only where the stored measurement is old: %s", async (_, ageMs, again) => {
    const { clock, platform, serverTime, asked } = bench({ offsetMs: 3_000 });
    const stored = { offsetMs: 50, measuredAt: clock.now() - ageMs };
    const measured = await measureClock(stored, platform, serverTime);
    expect(asked()).toBe(again ? 1 : 0);
    expect(measured).toEqual(again ? { offsetMs: 3_000, measuredAt: clock.now() } : stored);
    // The very same one tells the caller that there is nothing new to report.
    expect(measured === stored).toBe(!again);
    expect(isFresh(stored, clock.now())).toBe(!again);
  });

  it("is not known where nothing was measured", () => {
    expect(isFresh(undefined, 0)).toBe(false);
  });

  it("stays unknown where the host's clock was set back while the broker answered", async () => {
    const { clock, platform } = bench();
    const truth = clock.now() - 600_000;
    const serverTime = async (): Promise<number> => {
      clock.advance(-600_000);
      return truth;
    };
    expect(await measureClock(undefined, platform, serverTime)).toBeUndefined();
  });

  it("stays unknown where the broker answers without telling it, and where nobody knows whether it answered", async () => {
    const { platform } = bench();
    for (const error of [
      new BrokerAuthError("protocol_error", "no Date header", { status: 200 }),
      new BrokerAuthError("broker_unavailable", "maintenance", { status: 503 }),
      new BrokerAuthError("rate_limited", "too many", { status: 429 }),
      new TypeError("an adapter's own mistake"),
    ]) {
      expect(await measureClock(undefined, platform, () => Promise.reject(error))).toBeUndefined();
    }
  });

  it("ends the login where no answer came, or where the call could not be made", async () => {
    const { platform } = bench();
    const refused = Object.assign(new Error("m"), { code: "ECONNREFUSED", syscall: "connect" });
    for (const [error, code] of [
      [new BrokerAuthError("broker_unavailable", "no answer came in time"), "broker_unavailable"],
      [new BrokerAuthError("configuration", "this fetch cannot be used"), "configuration"],
      [new TypeError("fetch failed", { cause: refused }), "broker_unavailable"],
    ] as const) {
      await expect(measureClock(undefined, platform, () => Promise.reject(error))).rejects.toMatchObject({ code });
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "stays unknown where it tells %d",
    async (time) => {
      const { platform } = bench();
      expect(await measureClock(undefined, platform, async () => time)).toBeUndefined();
    },
  );

  it.each([
    [5_000, true],
    [5_001, false],
  ])("after a round trip of %d ms is known: %s", async (thereMs, known) => {
    const { platform, serverTime } = bench({ thereMs });
    expect((await measureClock(undefined, platform, serverTime)) !== undefined).toBe(known);
  });

  it.each([900_000, -900_000])("may differ by %d ms", async (offsetMs) => {
    const { platform, serverTime } = bench({ offsetMs });
    expect((await measureClock(undefined, platform, serverTime))?.offsetMs).toBe(offsetMs);
  });

  it.each([900_001, -900_001, 86_400_000])("is clock_skew, in minutes, at %d ms", async (offsetMs) => {
    const { platform, serverTime } = bench({ offsetMs });
    const error: unknown = await measureClock(undefined, platform, serverTime).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "BrokerAuthError", code: "clock_skew" });
    expect((error as Error).message).toContain(`by ${Math.round(Math.abs(offsetMs) / 60_000)} minutes`);
  });
});
