import { expect, it } from "vitest";
import { Secret } from "../contract/secret.ts";
import { sessionUntil } from "./session-grant.ts";

const [issuedAt, latestAt] = [Date.UTC(2031, 2, 3, 3, 30), Date.UTC(2031, 2, 3, 18, 30)];
const deviceId = new Secret("device-0001");
const claiming = (exp: unknown): string => `${btoa("{}")}.${btoa(JSON.stringify({ exp }))}.x`;

it.each([
  ["when its token says, where that is earlier", claiming(issuedAt / 1000 + 60), issuedAt + 60_000],
  ["at the latest time that there is, where its token claims more", claiming(latestAt / 1000 + 1), latestAt],
  ["at the latest time that there is, where its token claims nothing", "opaque", latestAt],
])("a session ends %s", (_, token, expiresAt) => {
  const tokens = { token: new Secret(token) };
  expect(sessionUntil(latestAt, tokens, token, issuedAt, { deviceId })).toEqual({
    tokens,
    issuedAt,
    expiresAt,
    deviceId,
  });
});
