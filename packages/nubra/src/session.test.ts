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

/** A token with this text as its claim: JSON has numbers that JavaScript would not write. */
function claiming(exp: string): string {
  return `${btoa("{}")}.${btoa(`{"exp":${exp}}`)}.x`;
}

describe("a minted session", () => {
  it("ends when its token says, without a margin", () => {
    expect(expiry(sessionToken(startedAt / 1000 + 3600))).toBe(startedAt + hour);
    expect(expiry(sessionToken(startedAt / 1000 + 24 * 3600))).toBe(startedAt + 24 * hour);
  });

  it.each([
    ["no JWT", "canary-opaque"],
    ["a JWT without an expiry", `${btoa("{}")}.${btoa('{"sub":"x"}')}.x`],
    ["an expiry that is a word", `${btoa("{}")}.${btoa('{"exp":"soon"}')}.x`],
    ["an expiry beyond all dates", claiming("1e306")],
    ["an expiry beyond all numbers", claiming("1e400")],
    ["an expiry in milliseconds", claiming(String(startedAt + hour))],
    ["an expiry later than any page knows", sessionToken(startedAt / 1000 + 7 * 86_400 + 1)],
  ])("lives the documented seven hours with %s", (_what, token) => {
    expect(expiry(token)).toBe(startedAt + 7 * hour);
  });

  it("believes what a page knows of a token's life, and no more", () => {
    expect(expiry(sessionToken(startedAt / 1000 + 7 * 86_400))).toBe(startedAt + 7 * 24 * hour);
  });

  it("is judged by status alone", () => {
    expect(nubra().traits).toEqual({ verdictIn: "status" });
  });
});
