import { describe, expect, it } from "vitest";
import type { PendingLogin } from "../contract/pending-login.ts";
import { type PendingForm, pendingLogins } from "./pending-login.ts";

interface ToyClient {
  readonly context: { now(): number };
}

interface ToyState {
  readonly awaits: "otp";
  readonly token: string;
  readonly note?: string | undefined;
}

const form: PendingForm<ToyState, ToyClient> = {
  broker: "toy",
  version: 2,
  ownerOf: () => ({ environment: "production", identity: "one" }),
  expiresAt: (createdAt) => createdAt + 60_000,
  readState(given) {
    const { awaits, token, ...others } = given as Record<string, unknown>;
    return awaits === "otp" && typeof token === "string" && Object.keys(others).length === 0
      ? { awaits, token }
      : undefined;
  },
};
const now = Date.UTC(2031, 2, 3, 3, 30);
const at = (moment: number): ToyClient => ({ context: { now: () => moment } });
const logins = pendingLogins(form);
const packed = logins.pack({ awaits: "otp", token: "canary", note: undefined }, at(now));

describe("the envelope of a pending login", () => {
  it("is plain data with whom it belongs to, and brings its state back until its last moment", () => {
    expect(packed).toStrictEqual({
      version: 2,
      broker: "toy",
      environment: "production",
      awaits: "otp",
      createdAt: now,
      expiresAt: now + 60_000,
      state: { identity: "one", token: "canary" },
    });
    expect(logins.unpack(JSON.parse(JSON.stringify(packed)), at(now + 59_999))).toEqual({
      awaits: "otp",
      token: "canary",
    });
  });

  it.each<[string, object, string]>([
    ["of another broker", { broker: "other" }, "belongs to another broker or environment"],
    ["of another environment", { environment: "sandbox" }, "belongs to another broker or environment"],
    ["of an older version", { version: 1 }, "was made by another version of this package"],
    ["of another account", { state: { identity: "two", token: "canary" } }, "belongs to another account or device"],
    ["that is too old", { createdAt: now - 60_000, expiresAt: now }, "is too old"],
  ])("is over for one %s", (_what, change, why) => {
    expect(() => logins.unpack({ ...packed, ...change }, at(now))).toThrow(
      expect.objectContaining({
        code: "challenge_expired",
        broker: "toy",
        message: `this pending login ${why}; nothing was sent`,
      }),
    );
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a text", "pending"],
    ["a list", [packed]],
    ["a version that is text", { ...packed, version: "2" }],
    ["no state", { ...packed, state: undefined }],
    ["no owner", { ...packed, state: { token: "canary" } }],
    ["another challenge", { ...packed, awaits: "mpin" }],
    ["a further field", { ...packed, state: { identity: "one", token: "canary", mpin: "1234" } }],
    ["a longer life than it was given", { ...packed, expiresAt: now + 60_001 }],
    ["an endless life", { ...packed, expiresAt: Number.POSITIVE_INFINITY }],
    ["a beginning that is no time", { ...packed, createdAt: Number.NaN }],
  ])("cannot be read with %s", (_what, pending) => {
    const unpack = (): ToyState => logins.unpack(pending as PendingLogin, at(now));
    expect(unpack).toThrow(expect.objectContaining({ code: "configuration", field: "pending", broker: "toy" }));
    expect(unpack).not.toThrow("canary");
  });
});
