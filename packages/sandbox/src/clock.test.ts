import { expect, test } from "vitest";
import { createSandboxClock } from "./clock.ts";

test("follows its source and keeps the distance it was moved by", () => {
  let host = 1_000;
  const clock = createSandboxClock({ now: () => host });
  clock.advance(500);
  host = 2_000;
  expect(clock.now()).toBe(2_500);
  clock.set(10_000);
  host = 2_100;
  expect(clock.now()).toBe(10_100);
  expect(clock.offsetMs).toBe(8_000);
});

test("moves backwards as well", () => {
  const clock = createSandboxClock({ now: () => 5_000, startAt: 9_000 });
  clock.advance(-8_000);
  expect(clock.now()).toBe(1_000);
});

test("refuses a moment that is no finite number", () => {
  const clock = createSandboxClock();
  expect(() => clock.set(Number.NaN)).toThrow(expect.objectContaining({ code: "bad_option" }));
  expect(() => clock.advance(Number.POSITIVE_INFINITY)).toThrow(expect.objectContaining({ code: "bad_option" }));
});
