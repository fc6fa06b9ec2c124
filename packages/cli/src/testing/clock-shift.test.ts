import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { clockShiftMs } from "./clock-shift.ts";
import { shiftedDate } from "./shifted-date.ts";

it.each([
  ["17:29:59", 0],
  ["17:30:01", 3_659_000],
  ["18:25:00", 360_000],
  ["18:29:59", 61_000],
  ["18:30:01", 0],
  ["23:29:59", 0],
  ["23:45:00", 2_760_000],
  ["00:29:00", 120_000],
  ["00:31:00", 0],
  ["12:00:00", 0],
])("a run that begins at %s UTC is set forward by %i ms, so that it meets no end of all sessions", (time, shift) => {
  expect(clockShiftMs(Date.parse(`2031-03-03T${time}Z`))).toBe(shift);
});

/** What a program of Node says that the time is. */
const seen = (shiftMs: number): number =>
  Number(
    execFileSync(process.execPath, ["-p", "Date.now() - new Date(0).getTime()"], {
      env: shiftedDate(shiftMs),
      encoding: "utf8",
    }),
  );

it.each([0, 3_600_000])("a program of a test whose clock is set forward by %i ms has that time", (shift) => {
  expect(Math.abs(seen(shift) - Date.now() - shift)).toBeLessThan(600_000);
});
