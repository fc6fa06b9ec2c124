import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "./broker-auth-error.ts";
import type { Challenge } from "./challenge.ts";
import { askHandler, type LoginHandlers } from "./login-handlers.ts";

const challenges: readonly Challenge[] = [
  { kind: "otp", sentTo: "phone ending in 01", expiresAt: 1_930_275_030_000, attemptsLeft: 3 },
  { kind: "totp" },
  { kind: "mpin" },
  { kind: "redirect", url: "https://broker.example/login" },
];

describe("asking a person", () => {
  it.each(challenges)("asks the handler of the challenge and no other: $kind", async (challenge) => {
    const asked: unknown[] = [];
    const handler = (name: string) => (given: unknown) => {
      asked.push([name, given]);
      return `answer to ${name}`;
    };
    const handlers: LoginHandlers = {
      otp: handler("otp"),
      totp: handler("totp"),
      mpin: handler("mpin"),
      redirect: handler("redirect"),
    };
    expect(await askHandler(handlers, challenge, undefined)).toBe(`answer to ${challenge.kind}`);
    expect(asked).toEqual([[challenge.kind, { ...challenge, refused: undefined }]]);
  });

  it("says why the last answer was refused", async () => {
    const refused = new BrokerAuthError("otp_rejected", "refused", { attemptsLeft: 2 });
    const seen: unknown[] = [];
    const otp = async (challenge: unknown) => (seen.push(challenge), "123456");
    await askHandler({ otp }, { kind: "otp", sentTo: "phone" }, refused);
    expect(seen).toEqual([{ kind: "otp", sentTo: "phone", refused }]);
  });

  it("passes on the wish for a new code", async () => {
    const handlers: LoginHandlers = { otp: async () => ({ resend: true }) };
    expect(await askHandler(handlers, { kind: "otp", sentTo: "phone" }, undefined)).toEqual({ resend: true });
  });

  it.each(challenges)("is needs_input that names the challenge where nobody answers it: $kind", async (challenge) => {
    const others: LoginHandlers = { otp: () => "1", totp: () => "1", mpin: () => "1", redirect: () => "1" };
    for (const handlers of [{}, { ...others, [challenge.kind]: undefined }] as LoginHandlers[]) {
      await expect(askHandler(handlers, challenge, undefined)).rejects.toMatchObject({
        code: "needs_input",
        challenge: challenge.kind,
      });
    }
  });

  it("fails as the handler fails", async () => {
    const failure = new Error("the terminal was closed");
    const handlers = [
      { mpin: () => Promise.reject(failure) },
      {
        mpin: (): never => {
          throw failure;
        },
      },
    ];
    for (const given of handlers) {
      await expect(askHandler(given, { kind: "mpin" }, undefined)).rejects.toBe(failure);
    }
  });
});
