import { Secret } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { nubra } from "./provider.ts";
import { mintSession } from "./session.ts";
import { canaries, sessionToken, startedAt } from "./testing/answers.ts";

const deviceId = new Secret(canaries.deviceId);
const hour = 3_600_000;

function expiry(token: string): number {
  return mintSession({ sessionToken: new Secret(token) }, startedAt, deviceId).expiresAt;
}

describe("a minted session", () => {
  it("ends when its token says, without a margin", () => {
    expect(expiry(sessionToken(startedAt / 1000 + 3600))).toBe(startedAt + hour);
    expect(expiry(sessionToken(startedAt / 1000 + 24 * 3600))).toBe(startedAt + 24 * hour);
  });

  it.each([
    ["no JWT", "canary-opaque"],
    ["a JWT without an expiry", `${btoa("{}")}.${btoa('{"sub":"x"}')}.x`],
    ["an expiry that is text", `${btoa("{}")}.${btoa('{"exp":"1"}')}.x`],
    ["an expiry that is over already", sessionToken(startedAt / 1000 - 1)],
  ])("lives the documented seven hours with %s", (_what, token) => {
    expect(expiry(token)).toBe(startedAt + 7 * hour);
  });

  it("reaches seven hours at most", () => {
    expect(nubra().reach(startedAt)).toBe(startedAt + 7 * hour);
  });

  it("is exclusive, and judged by status alone", () => {
    expect(nubra().traits).toEqual({ sessions: "exclusive", verdictIn: "status" });
  });
});
