import { expect, test } from "vitest";
import { istStamp, nextIstMidnight, nextIstTime } from "./ist.ts";

test("midnight in India is 18:30 UTC of the day before", () => {
  expect(nextIstMidnight(Date.UTC(2031, 2, 2, 4, 30))).toBe(Date.UTC(2031, 2, 2, 18, 30));
  expect(nextIstMidnight(Date.UTC(2031, 2, 2, 18, 29, 59, 999))).toBe(Date.UTC(2031, 2, 2, 18, 30));
});

test("at midnight itself the next one is a day later", () => {
  expect(nextIstMidnight(Date.UTC(2031, 2, 2, 18, 30))).toBe(Date.UTC(2031, 2, 3, 18, 30));
});

test("06:00 in India is half past midnight UTC, and at 06:00 itself the next one is a day later", () => {
  expect(nextIstTime(Date.UTC(2031, 2, 2, 0, 29, 59, 999), 6)).toBe(Date.UTC(2031, 2, 2, 0, 30));
  expect(nextIstTime(Date.UTC(2031, 2, 2, 0, 30), 6)).toBe(Date.UTC(2031, 2, 3, 0, 30));
});

test("the stamp shows the time in India", () => {
  expect(istStamp(Date.UTC(2031, 2, 2, 4, 30))).toBe("2031-03-02 10:00:00.000");
});
