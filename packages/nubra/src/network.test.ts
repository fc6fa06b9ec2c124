import { describe, expect, it } from "vitest";
import { addressMatched, canaries, refusedWith, sessionToken } from "./testing/answers.ts";
import { scriptedBroker, liveSession, refused, wire } from "./testing/scripted-broker.ts";

describe("the network report", () => {
  it("tells a registered address", async () => {
    const { provider, credentials, context, sent } = scriptedBroker([addressMatched]);
    expect(await provider.network!(liveSession(), credentials, context)).toMatchObject({
      address: "203.0.113.10",
      allowed: true,
    });
    expect(sent.map(wire)).toEqual([
      {
        method: "GET",
        url: "https://api.nubra.io/ipaddress/validate",
        headers: { authorization: `Bearer ${sessionToken()}`, "x-device-id": canaries.deviceId },
        body: "",
      },
    ]);
  });

  it("tells an address that is not registered, and what to do", async () => {
    const { provider, credentials, context } = scriptedBroker([
      { json: { is_matched: false, current_ip_address: "203.0.113.77" } },
    ]);
    const report = await provider.network!(liveSession(), credentials, context);
    expect(report).toMatchObject({ address: "203.0.113.77", allowed: false });
    expect(report.message).toContain("Register a static IP");
  });

  it.each([
    refusedWith(400, "No IP addresses registered for user"),
    refusedWith(403, "IP address mismatch"),
    refusedWith(403, "trading access is restricted"),
  ])("tells a refused address as a report and not as an error: %j", async (answer) => {
    const { provider, credentials, context } = scriptedBroker([answer]);
    expect(await provider.network!(liveSession(), credentials, context)).toMatchObject({ allowed: false });
  });

  it("does not say what Nubra did not say", async () => {
    const { provider, credentials, context } = scriptedBroker([{ json: { data: { is_matched: null } } }]);
    expect(await provider.network!(liveSession(), credentials, context)).toMatchObject({
      allowed: undefined,
      address: undefined,
    });
  });

  it.each([
    [{ status: 440 }, "session_expired"],
    [{ status: 400, json: { error: "something else" } }, "protocol_error"],
    [{ status: 403 }, "permission_denied"],
    [{ status: 429 }, "rate_limited"],
    [{ status: 503 }, "broker_unavailable"],
    [{ text: "<html>" }, "protocol_error"],
    [{ json: { is_matched: "yes" } }, "protocol_error"],
  ] as const)("is an error at %j: %s", async (answer, code) => {
    const { provider, credentials, context } = scriptedBroker([answer]);
    expect((await refused(provider.network!(liveSession(), credentials, context))).code).toBe(code);
  });
});
