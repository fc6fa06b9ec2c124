import { expect, it } from "vitest";
import { latestExpiry } from "./expiry.ts";

const cutoff = Date.UTC(2031, 2, 4, 0, 30);

it.each([
  ["2031-03-03 09:30 IST", Date.UTC(2031, 2, 3, 4, 0), cutoff],
  ["00:30 IST, in the small hours", Date.UTC(2031, 2, 3, 19, 0), cutoff],
  ["a second before 06:00", cutoff - 1000, cutoff],
  ["06:00 itself", cutoff, cutoff + 86_400_000],
])("the end of a session is the next 06:00 IST, from %s", (_, at, expected) => {
  expect(latestExpiry(at)).toBe(expected);
});
