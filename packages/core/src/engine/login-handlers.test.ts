import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { Challenge } from "../contract/challenge.ts";
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
    expect(await askHandler(handlers, challenge, undefined)).toEqual({
      kind: challenge.kind,
      value: `answer to ${challenge.kind}`,
    });
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
    expect(await askHandler(handlers, { kind: "otp", sentTo: "phone" }, undefined)).toEqual({ kind: "resend" });
  });

  it("calls a handler as a method of its object", async () => {
    class Prompt {
      readonly #answer = "123456";
      otp(): string {
        return this.#answer;
      }
    }
    const answer = await askHandler(new Prompt(), { kind: "otp", sentTo: "phone" }, undefined);
    expect(answer).toEqual({ kind: "otp", value: "123456" });
  });

  it("takes an empty text for an answer, which the adapter judges", async () => {
    expect(await askHandler({ mpin: () => "" }, { kind: "mpin" }, undefined)).toEqual({ kind: "mpin", value: "" });
  });

  it.each([undefined, null, true, {}, { resend: false }, { resend: "yes" }, []])(
    "is needs_input where a handler comes back without an answer, as from a cancelled prompt: %j",
    async (value) => {
      for (const otp of [() => value, async () => value]) {
        const asking = askHandler({ otp } as LoginHandlers, { kind: "otp", sentTo: "phone" }, undefined);
        await expect(asking).rejects.toMatchObject({ code: "needs_input", challenge: "otp" });
      }
    },
  );

  it.each(challenges)("is needs_input that names the challenge where nobody answers it: $kind", async (challenge) => {
    const others: LoginHandlers = { otp: () => "1", totp: () => "1", mpin: () => "1", redirect: () => "1" };
    for (const handlers of [{}, { ...others, [challenge.kind]: undefined }] as LoginHandlers[]) {
      await expect(askHandler(handlers, challenge, undefined)).rejects.toMatchObject({
        code: "needs_input",
        challenge: challenge.kind,
      });
    }
  });

  it.each([123456, 12n])(
    "tells a handler that gives a number to give text, so that no zero is lost: %s",
    async (value) => {
      const asking = askHandler({ otp: () => value } as never, { kind: "otp", sentTo: "phone" }, undefined);
      await expect(asking).rejects.toMatchObject({
        code: "configuration",
        field: "otp",
        message: expect.stringMatching(/must be text, in quotes, so that no zero is lost$/),
      });
    },
  );

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
