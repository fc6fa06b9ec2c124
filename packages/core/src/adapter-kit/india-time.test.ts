import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIndiaTime, nextIndiaTime } from "./india-time.ts";

const seed = 20310303;
const dayMs = 86_400_000;
// India has had one time zone without changes since 1945.
const moment = fc.integer({ min: Date.UTC(1980, 0, 1), max: Date.UTC(2100, 0, 1) });
const timeOfDay = fc.record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) });
const zones = ["UTC", "Asia/Kolkata", "America/New_York", "Pacific/Kiritimati", "Australia/Lord_Howe"];

// The platform's own time zone data, which the code under test does not use.
const inIndia = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Kolkata",
  dateStyle: "short",
  timeStyle: "medium",
  hourCycle: "h23",
});

function clockInIndia(epochMs: number): string {
  const part = Object.fromEntries(inIndia.formatToParts(epochMs).map(({ type, value }) => [type, value]));
  return `${part["year"]}-${part["month"]}-${part["day"]} ${part["hour"]}:${part["minute"]}:${part["second"]} IST`;
}

describe("the next time of day in India", () => {
  it.each([
    ["before it", "2031-03-03T03:29:59.999Z", "2031-03-03T03:30:00.000Z"],
    ["at it, because that moment is over", "2031-03-03T03:30:00.000Z", "2031-03-04T03:30:00.000Z"],
    ["after it", "2031-03-03T03:30:00.001Z", "2031-03-04T03:30:00.000Z"],
    ["when the day is another one in UTC", "2031-03-02T20:00:00.000Z", "2031-03-03T03:30:00.000Z"],
    ["at the end of a year", "2031-12-31T18:00:00.000Z", "2032-01-01T03:30:00.000Z"],
    ["before a leap day", "2028-02-28T12:00:00.000Z", "2028-02-29T03:30:00.000Z"],
  ])("is found %s", (_, now, expected) => {
    expect(new Date(nextIndiaTime(Date.parse(now), { hour: 9, minute: 0 })).toISOString()).toBe(expected);
  });

  it("is midnight where none is given", () => {
    expect(new Date(nextIndiaTime(Date.UTC(2031, 2, 3, 3, 30))).toISOString()).toBe("2031-03-03T18:30:00.000Z");
  });

  it("is the one moment within the coming day at which clocks in India show it", () => {
    fc.assert(
      fc.property(moment, timeOfDay, (now, at) => {
        const next = nextIndiaTime(now, at);
        expect(next).toBeGreaterThan(now);
        expect(next - now).toBeLessThanOrEqual(dayMs);
        expect(next % 1000).toBe(0);
        const shown = `${String(at.hour).padStart(2, "0")}:${String(at.minute).padStart(2, "0")}:00`;
        expect(clockInIndia(next).slice(11, 19).replace(/^24/, "00")).toBe(shown);
      }),
      { seed, numRuns: 1_000 },
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("is no number after %d", (now) => {
    expect(nextIndiaTime(now)).toBeNaN();
    expect(nextIndiaTime(now, { hour: 9, minute: 15 })).toBeNaN();
  });

  it("is the same on a host in any time zone", () => {
    const nows = fc.sample(moment, { seed, numRuns: 300 });
    const ats = fc.sample(timeOfDay, { seed, numRuns: 300 });
    const script = `
      import { formatIndiaTime, nextIndiaTime } from ${JSON.stringify(new URL("india-time.ts", import.meta.url).href)};
      const [nows, ats] = ${JSON.stringify([nows, ats])};
      const rows = nows.map((now, index) => [nextIndiaTime(now, ats[index]), formatIndiaTime(now)]);
      console.log(JSON.stringify([new Date(2031, 0, 1).getTimezoneOffset(), rows]));`;
    const expected = nows.map((now, index) => [nextIndiaTime(now, ats[index]), clockInIndia(now)]);
    const offsets = zones.map((zone) => {
      const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
        encoding: "utf8",
        env: { TZ: zone },
        stdio: ["ignore", "pipe", "ignore"],
      });
      const [offset, rows] = JSON.parse(printed) as [number, unknown];
      expect(rows, zone).toEqual(expected);
      return offset;
    });
    // The child processes really were in five zones.
    expect(new Set(offsets).size).toBe(zones.length);
  });
});

describe("a moment for people", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 8.64e15, -8.64e15, 253_402_300_800_000])(
    "is unknown where there is none, or none of four digits for its year: %d",
    (epochMs) => {
      expect(formatIndiaTime(epochMs)).toBe("unknown time");
    },
  );

  it("is shown from the year 0 to the end of 9999, by the clock in India", () => {
    const last = Date.UTC(9999, 11, 31, 18, 29, 59, 999);
    expect(formatIndiaTime(last)).toBe("9999-12-31 23:59:59 IST");
    expect(formatIndiaTime(last + 1)).toBe("unknown time");
    const first = Date.parse("0000-01-01T00:00:00.000Z") - 5.5 * 3_600_000;
    expect(formatIndiaTime(first)).toBe("0000-01-01 00:00:00 IST");
    expect(formatIndiaTime(first - 1)).toBe("unknown time");
  });

  it("is shown by the clock in India", () => {
    expect(formatIndiaTime(Date.UTC(2031, 2, 2, 4, 30))).toBe("2031-03-02 10:00:00 IST");
    expect(formatIndiaTime(Date.UTC(2031, 11, 31, 18, 29, 59, 999))).toBe("2031-12-31 23:59:59 IST");
    fc.assert(
      fc.property(moment, (now) => {
        expect(formatIndiaTime(now)).toBe(clockInIndia(now));
      }),
      { seed },
    );
  });
});
