import { expect, it } from "vitest";
import { latestExpiry } from "./expiry.ts";

const midnight = Date.UTC(2031, 2, 3, 18, 30);

it.each([
  ["2031-03-03 10:00 IST", Date.UTC(2031, 2, 3, 4, 30), midnight],
  ["a second before midnight", midnight - 1000, midnight],
  ["midnight itself", midnight, midnight + 86_400_000],
  ["01:00 IST, when it is still yesterday in London", midnight + 3_600_000, midnight + 86_400_000],
  ["06:00 IST, past midnight in London", midnight + 6 * 3_600_000, midnight + 86_400_000],
])("the end of a session is the next 00:00 IST, from %s", (_, at, expected) => {
  expect(latestExpiry(at)).toBe(expected);
});
