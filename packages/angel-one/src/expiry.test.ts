import { expect, it } from "vitest";
import { latestExpiry } from "./expiry.ts";
import { midnight, startedAt } from "./testing/answers.ts";

it.each([
  ["the morning", startedAt, midnight],
  ["a second before midnight", midnight - 1000, midnight],
  ["midnight itself", midnight, midnight + 86_400_000],
])("the end of a session is the next 00:00 IST, from %s", (_, at, expected) => {
  expect(latestExpiry(at)).toBe(expected);
});
