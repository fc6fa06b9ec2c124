import { describe, expect, it } from "vitest";
import { latestExpiry, mintSession } from "./session.ts";
import { accessToken, account, scripted } from "./testing/test-environment.ts";

const cutoff = Date.UTC(2031, 2, 4, 0, 30);

describe("the end of a session", () => {
  it.each([
    ["2031-03-03 09:30 IST", Date.UTC(2031, 2, 3, 4, 0), cutoff],
    ["00:30 IST, in the small hours", Date.UTC(2031, 2, 3, 19, 0), cutoff],
    ["a second before 06:00", cutoff - 1000, cutoff],
    ["06:00 itself", cutoff, cutoff + 86_400_000],
  ])("is the next 06:00 IST, from %s", (_, at, expected) => {
    expect(latestExpiry(at)).toBe(expected);
  });

  it("counts from the moment before the request left", () => {
    const { context } = scripted();
    const session = mintSession({ accessToken, userId: account.userId }, cutoff - 1, context);
    expect(session).toMatchObject({ issuedAt: cutoff - 1, expiresAt: cutoff, deviceId: context.deviceId });
  });
});
