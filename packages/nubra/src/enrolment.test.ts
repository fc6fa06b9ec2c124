import { Secret, totpCode } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import {
  canaries,
  refusedWith,
  sessionToken,
  startedAt,
  totpDisabled,
  totpEnabled,
  totpSecretMade,
} from "./testing/answers.ts";
import { scriptedBroker, liveSession, refused, wire } from "./testing/scripted-broker.ts";

const { mpin, deviceId, totpSecret } = canaries;
const secret = new Secret(totpSecret);
const headers = { authorization: `Bearer ${sessionToken()}`, "x-device-id": deviceId };
const posted = { ...headers, "content-type": "application/json" };

describe("TOTP enrolment", () => {
  it("gets a new secret by GET and keeps it closed", async () => {
    const { provider, credentials, context, sent } = scriptedBroker([totpSecretMade]);
    const setup = await provider.enrolment!.generate(liveSession(), credentials, context);
    expect(setup.secret.reveal()).toBe(totpSecret);
    expect(setup.qrImage?.reveal()).toBe("data:image/png;base64,AAAA");
    expect(JSON.stringify(setup)).not.toContain(totpSecret);
    expect(sent.map(wire)).toEqual([
      { method: "GET", url: "https://api.nubra.io/totp/generate-secret", headers, body: "" },
    ]);
    expect(context.spent).toEqual([]);
  });

  it.each([
    [{ status: 440 }, "session_expired"],
    [{ status: 500 }, "outcome_unknown"],
    [{ fail: "ECONNRESET" }, "outcome_unknown"],
    [{ json: { message: "Enable TOTP flow by verifying TOTP" } }, "protocol_error"],
  ] as const)("never asks for a second secret by itself: %j is %s", async (answer, code) => {
    const { provider, credentials, context, sent } = scriptedBroker([answer]);
    expect((await refused(provider.enrolment!.generate(liveSession(), credentials, context))).code).toBe(code);
    expect(sent).toHaveLength(1);
  });

  it("turns TOTP on with a code of the new secret, as text, and the MPIN", async () => {
    const { provider, credentials, context, sent } = scriptedBroker([totpEnabled], { account: { mpin } });
    await provider.enrolment!.enable(secret, liveSession(), credentials, context);
    const code = await totpCode(secret, Math.floor(startedAt / 30_000));
    expect(sent.map(wire)).toEqual([
      {
        method: "POST",
        url: "https://api.nubra.io/totp/enable",
        headers: posted,
        body: `{"mpin":"${mpin}","totp":"${code}"}`,
      },
    ]);
    expect(context.spent.map(({ factor, step, answer }) => [factor, step, answer?.reveal()])).toEqual([
      ["mpin", "totp/enable", undefined],
      ["totp", "totp/enable", code],
    ]);
  });

  it("makes the code of the time step in which it is sent", async () => {
    const step = Math.floor(startedAt / 30_000);
    const { provider, credentials, context, sent } = scriptedBroker([totpEnabled], {
      account: { mpin },
      lastTotpStep: step,
    });
    await provider.enrolment!.enable(secret, liveSession(), credentials, context);
    expect(sent[0]?.body).toContain(`"totp":"${await totpCode(secret, step + 1)}"`);
    expect(context.lastTotpStep).toBe(step + 1);
  });

  it("turns TOTP off with the MPIN", async () => {
    const { provider, credentials, context, sent } = scriptedBroker([totpDisabled]);
    await provider.enrolment!.disable(liveSession(), credentials, context);
    expect(sent.map(wire)).toEqual([
      { method: "POST", url: "https://api.nubra.io/totp/disable", headers: posted, body: `{"mpin":"${mpin}"}` },
    ]);
    expect(context.spent).toEqual([{ factor: "mpin", step: "totp/disable" }]);
  });

  it.each([
    ["201", { status: 201, json: { message: "TOTP verified successfully" } }],
    ["an empty 200", { status: 200 }],
  ] as const)("takes %s for done", async (_what, answer) => {
    const { provider, credentials, context } = scriptedBroker([answer]);
    await expect(provider.enrolment!.enable(secret, liveSession(), credentials, context)).resolves.toBeUndefined();
  });

  it.each([
    ["a wrong code", refusedWith(400, "Invalid TOTP"), "totp_rejected"],
    ["a wrong MPIN", refusedWith(400, "Invalid MPIN"), "pin_rejected"],
    ["a refusal without a word", { status: 400 }, "totp_rejected"],
    ["a lock", refusedWith(400, "Account locked: too many attempts"), "account_locked"],
    ["a dead session", { status: 440 }, "session_expired"],
    ["401 without a word", { status: 401 }, "outcome_unknown"],
    ["500", { status: 500 }, "outcome_unknown"],
    ["a lost answer", { fail: "ECONNRESET" }, "outcome_unknown"],
    ["a page", { text: "<html>" }, "protocol_error"],
    ["a success that speaks of an error", { json: { error: "Invalid TOTP", message: "x" } }, "protocol_error"],
    ["a success that says no", { json: { success: false, message: "x" } }, "protocol_error"],
    ["a success about another phone", { json: { message: "x", phone: "9000000002" } }, "protocol_error"],
    ["a call that is gone", { status: 404 }, "configuration"],
    ["a firewall's page", { status: 403, text: "<html>" }, "broker_unavailable"],
  ] as const)("fails at %s: %#", async (_what, answer, code) => {
    const { provider, credentials, context, sent } = scriptedBroker([answer]);
    expect((await refused(provider.enrolment!.enable(secret, liveSession(), credentials, context))).code).toBe(code);
    expect(sent).toHaveLength(1);
  });

  it("hands out no secret that comes with an error: it must not be saved", async () => {
    const { json } = totpSecretMade;
    const { provider, credentials, context } = scriptedBroker([{ json: { ...(json as object), error: "try later" } }]);
    expect((await refused(provider.enrolment!.generate(liveSession(), credentials, context))).code).toBe(
      "protocol_error",
    );
  });

  it("calls an unexplained refusal at disable one of the MPIN", async () => {
    const { provider, credentials, context } = scriptedBroker([{ status: 400 }]);
    expect((await refused(provider.enrolment!.disable(liveSession(), credentials, context))).code).toBe("pin_rejected");
  });

  it("needs a configured MPIN before anything is spent", async () => {
    const { provider, credentials, context, sent } = scriptedBroker([], { account: {} });
    for (const work of [
      provider.enrolment!.enable(secret, liveSession(), credentials, context),
      provider.enrolment!.disable(liveSession(), credentials, context),
    ]) {
      expect(await refused(work)).toMatchObject({ code: "configuration", field: "mpin" });
    }
    expect(sent).toEqual([]);
    expect(context.spent).toEqual([]);
  });
});
