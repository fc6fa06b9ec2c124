import { Secret } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { mintSession } from "./session.ts";
import { feedToken, invented, midnight, startedAt } from "./testing/answers.ts";
import { scripted } from "./testing/scripted-broker.ts";

describe("the end of a session", () => {
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
