import { Secret, type Renewal } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import {
  canaries,
  firstFactorAccepted,
  otpSent,
  pinAccepted,
  refusedWith,
  sessionToken,
  startedAt,
} from "./testing/answers.ts";
import { scriptedBroker, challenged, opened, refused, wire } from "./testing/scripted-broker.ts";

const { mpin, authToken, deviceId, totpSecret, otp } = canaries;
const renewal: Renewal = { token: new Secret(authToken), issuedAt: startedAt - 8 * 3_600_000 };

describe("a renewal", () => {
  it("opens a session with the stored auth token and the MPIN in one call", async () => {
    const { provider, credentials, context, sent } = scriptedBroker([pinAccepted]);
    const step = opened(await provider.renew!(renewal, credentials, context));
    expect(sent.map(wire)).toEqual([
      {
        method: "POST",
        url: "https://api.nubra.io/verifypin",
        headers: { "content-type": "application/json", authorization: `Bearer ${authToken}`, "x-device-id": deviceId },
        body: `{"pin":"${mpin}"}`,
      },
    ]);
    expect(step.session.tokens.sessionToken.reveal()).toBe(sessionToken());
    expect(step.renewal?.token.reveal()).toBe(authToken);
    expect(step.renewal?.issuedAt).toBe(renewal.issuedAt);
    expect(context.spent).toEqual([{ factor: "mpin", step: "verifypin", answer: undefined }]);
  });

  it.each([
    ["440", { status: 440 }, "session_expired"],
    ["440 with a text", refusedWith(440, "Session expired"), "session_expired"],
    ["401 that names the token", refusedWith(401, "Token expired"), "session_expired"],
    ["401 without a text", { status: 401 }, "session_expired"],
    ["401 with a text that names no PIN", refusedWith(401, "unauthorized"), "session_expired"],
    ["a page behind 401", { status: 401, text: "<html>", headers: { "content-type": "text/html" } }, "protocol_error"],
    ["a firewall's page", { status: 403, text: "<html>" }, "broker_unavailable"],
    ["a wrong MPIN", refusedWith(400, "Invalid MPIN"), "pin_rejected"],
    ["a wrong MPIN behind 401", refusedWith(401, "Invalid MPIN"), "pin_rejected"],
    ["a locked account", refusedWith(400, "Account locked"), "account_locked"],
    ["429", { status: 429, headers: { "retry-after": "3" } }, "rate_limited"],
    ["500", refusedWith(500, "Internal server error"), "outcome_unknown"],
    ["a lost answer", { fail: "ECONNRESET" }, "outcome_unknown"],
    ["no connection", { fail: "ECONNREFUSED" }, "broker_unavailable"],
    ["a session without a token", { json: { message: "Login Successful" } }, "protocol_error"],
  ] as const)("at %s is %s, after one request", async (_what, answer, code) => {
    const { provider, credentials, context, sent } = scriptedBroker([answer]);
    expect((await refused(provider.renew!(renewal, credentials, context))).code).toBe(code);
    expect(sent).toHaveLength(1);
  });

  it("asks for the MPIN alone where none is configured", async () => {
    const { provider, credentials, context, sent } = scriptedBroker([pinAccepted], { account: { totpSecret } });
    const step = challenged(await provider.renew!(renewal, credentials, context));
    expect(step.challenge).toEqual({ kind: "mpin" });
    expect(sent).toEqual([]);
    const next = opened(await provider.answer(step.pending, { kind: "mpin", value: mpin }, credentials, context));
    expect(next.renewal?.issuedAt).toBe(renewal.issuedAt);
    expect(context.spent[0]?.answer?.reveal()).toBe(`["9000000001","${mpin}"]`);
  });

  it("goes on with a full login at once when the MPIN was typed for an auth token that is over", async () => {
    const { provider, credentials, context, sent } = scriptedBroker([{ status: 440 }, otpSent(), firstFactorAccepted], {
      account: {},
    });
    const asked = challenged(await provider.renew!(renewal, credentials, context));
    const step = challenged(await provider.answer(asked.pending, { kind: "mpin", value: mpin }, credentials, context));
    expect(step.challenge.kind).toBe("otp");
    expect(await provider.answer(step.pending, { kind: "otp", value: otp }, credentials, context)).toMatchObject({
      challenge: { kind: "mpin" },
    });
    expect(sent.map(({ path }) => path)).toEqual(["/verifypin", "/sendphoneotp", "/verifyphoneotp"]);
  });

  it("does not go on by itself after a typed MPIN that was wrong", async () => {
    const { provider, credentials, context, sent } = scriptedBroker([refusedWith(400, "Invalid MPIN")], {
      account: {},
    });
    const asked = challenged(await provider.renew!(renewal, credentials, context));
    expect(
      (await refused(provider.answer(asked.pending, { kind: "mpin", value: mpin }, credentials, context))).code,
    ).toBe("pin_rejected");
    expect(sent).toHaveLength(1);
  });
});
