import { describe, expect, it } from "vitest";
import { fakeClock } from "../testing/fake-clock.ts";
import { testContext } from "../testing/test-context.ts";
import { shortSession, waitForCutoff } from "./daily-cutoff.ts";

const cutoff = Date.UTC(2031, 2, 3, 18, 30);
const span = 5 * 60_000;

const endingIn = (ms: number) => shortSession({ issuedAt: cutoff - ms, expiresAt: cutoff });

it("a session is warned of that ends within five minutes, with the time of its end", () => {
  expect(endingIn(span + 1)).toStrictEqual([]);
  expect(endingIn(span)).toStrictEqual([
    { code: "short_session", message: expect.stringContaining("2031-03-04 00:00:00 IST, within five minutes") },
  ]);
});

describe("a login right before the time of day at which every session ends", () => {
  it.each([
    ["waits until it has passed when nobody asked for it", span, false, cutoff + 2_000],
    ["waits for no longer than five minutes", span + 1, false, cutoff - span - 1],
    ["does not wait when a person asked for it", span, true, cutoff - span],
  ])("%s", async (_, left, attended, expected) => {
    const clock = fakeClock(cutoff - left);
    await waitForCutoff(cutoff, testContext({ clock, attended }));
    expect(clock.now()).toBe(expected);
  });
});
