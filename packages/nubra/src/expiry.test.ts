import { expect, it } from "vitest";
import { latestExpiry } from "./expiry.ts";
import { startedAt } from "./testing/answers.ts";

it("a session reaches seven hours at most", () => {
  expect(latestExpiry(startedAt)).toBe(startedAt + 7 * 3_600_000);
});
