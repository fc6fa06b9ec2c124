import type { PendingLogin } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { canaries, firstFactorAccepted, otpSent, pinAccepted, startedAt } from "./testing/answers.ts";
import { scriptedBroker, type ScriptedBrokerOptions, refused } from "./testing/scripted-broker.ts";

const { mpin, otp, deviceId } = canaries;

async function pendingOtp(given: ScriptedBrokerOptions = { account: { mpin } }): Promise<PendingLogin> {
  const { provider, credentials, context } = scriptedBroker([otpSent()], given);
  const step = await provider.begin(credentials, context);
  return JSON.parse(JSON.stringify(step.kind === "challenge" ? step.pending : undefined)) as PendingLogin;
}

type Change = (pending: Record<string, unknown> & { state: Record<string, unknown> }) => unknown;

async function answerChanged(
  change: Change,
  given: ScriptedBrokerOptions = { account: { mpin } },
  elapsedMs = 0,
): Promise<{ code: string; sent: number; spent: number; shown: string }> {
  const changed = change((await pendingOtp()) as never);
  const { provider, credentials, context, sent, clock } = scriptedBroker([firstFactorAccepted, pinAccepted], given);
  clock.advance(elapsedMs);
  const error = await refused(
    provider.answer(changed as PendingLogin, { kind: "otp", value: otp }, credentials, context),
  );
  return { code: error.code, sent: sent.length, spent: context.spent.length, shown: JSON.stringify(error) };
}

describe("a pending login", () => {
  it("is plain data that survives JSON and can go on in another process", async () => {
    const pending = await pendingOtp();
    expect(JSON.parse(JSON.stringify(pending))).toEqual(pending);
    const { provider, credentials, context } = scriptedBroker([firstFactorAccepted, pinAccepted], {
      account: { mpin },
    });
    expect((await provider.answer(pending, { kind: "otp", value: otp }, credentials, context)).kind).toBe("session");
  });

  it("holds no factor", async () => {
    expect(JSON.stringify(await pendingOtp())).not.toContain(mpin);
  });

  it.each<[string, Change, (ScriptedBrokerOptions | undefined)?, number?]>([
    ["of another broker", (pending) => ({ ...pending, broker: "kotak-neo" })],
    ["of another environment", (pending) => pending, { account: { mpin, environment: "uat" } }],
    ["that claims another environment", (pending) => ({ ...pending, environment: "uat" })],
    ["of another address", (pending) => pending, { account: { mpin, baseUrl: "https://proxy.example.com" } }],
    ["of another phone", (pending) => pending, { account: { mpin, phone: "9000000002" } }],
    ["of another device", (pending) => pending, { account: { mpin }, deviceId: "another-device" }],
    ["of another version", (pending) => ({ ...pending, version: 2 })],
    ["that is too old", (pending) => pending, undefined, 15 * 60_000],
  ])("is over when it is one %s, and nothing is sent", async (_what, change, given, elapsedMs) => {
    const { shown, ...result } = await answerChanged(change, given, elapsedMs);
    expect(result).toEqual({ code: "challenge_expired", sent: 0, spent: 0 });
    expect(shown).not.toContain(deviceId);
  });

  it("lives until its last moment", async () => {
    const pending = await pendingOtp();
    const { provider, credentials, context, clock } = scriptedBroker([firstFactorAccepted, pinAccepted], {
      account: { mpin },
    });
    clock.set(startedAt + 15 * 60_000 - 1);
    expect((await provider.answer(pending, { kind: "otp", value: otp }, credentials, context)).kind).toBe("session");
  });

  it.each<[string, Change]>([
    ["nothing", () => undefined],
    ["text", () => "pending"],
    ["no state", ({ state: _state, ...pending }) => pending],
    ["a state without its token", ({ state: { tempToken: _token, ...state }, ...pending }) => ({ ...pending, state })],
    ["a token that is a number", ({ state, ...pending }) => ({ ...pending, state: { ...state, tempToken: 7 } })],
    ["a further field", ({ state, ...pending }) => ({ ...pending, state: { ...state, further: 1 } })],
    ["an impossible number of sends", ({ state, ...pending }) => ({ ...pending, state: { ...state, sends: 3 } })],
    ["another challenge than its state", (pending) => ({ ...pending, awaits: "mpin" })],
    ["a challenge that Nubra does not have", (pending) => ({ ...pending, awaits: "redirect" })],
    ["a version that is text", (pending) => ({ ...pending, version: "1" })],
    ["a longer life than it was given", (pending) => ({ ...pending, expiresAt: Number(pending["expiresAt"]) + 1 })],
    ["an endless life", (pending) => ({ ...pending, expiresAt: Number.POSITIVE_INFINITY })],
  ])("cannot be read with %s, and nothing is sent", async (_what, change) => {
    const { shown, ...result } = await answerChanged(change);
    expect(result).toEqual({ code: "configuration", sent: 0, spent: 0 });
    for (const value of Object.values(canaries)) expect(shown).not.toContain(value);
  });
});
