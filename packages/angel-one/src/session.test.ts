import { Secret } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { latestExpiry, mintSession } from "./session.ts";
import { feedToken, invented, midnight, startedAt } from "./testing/answers.ts";
import { scripted } from "./testing/scripted-broker.ts";

const dayMs = 86_400_000;

describe("the end of a session", () => {
  it.each([
    ["the morning", startedAt, midnight],
    ["a second before midnight", midnight - 1000, midnight],
    ["midnight itself", midnight, midnight + dayMs],
  ])("is the next 00:00 IST, from %s", (_, at, expected) => {
    expect(latestExpiry(at)).toBe(expected);
  });

  it.each([
    ["its own claim where that is earlier", { exp: startedAt / 1000 + 60 }, startedAt + 60_000],
    ["midnight where the token claims more", { exp: midnight / 1000 + 86_400 }, midnight],
    ["midnight where it claims nothing", { exp: undefined }, midnight],
  ])("is %s", (_, claims, expected) => {
    const { context } = scripted([]);
    const grant = { jwtToken: new Secret(invented(claims)), feedToken: new Secret(feedToken), refreshToken: undefined };
    const session = mintSession(grant, startedAt, context);
    expect(session).toMatchObject({ issuedAt: startedAt, expiresAt: expected, deviceId: context.deviceId });
  });
});
