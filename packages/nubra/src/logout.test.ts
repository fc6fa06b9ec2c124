import { describe, expect, it } from "vitest";
import { canaries, sessionToken } from "./testing/answers.ts";
import { scriptedBroker, liveSession, refused, wire } from "./testing/scripted-broker.ts";

describe("logout", () => {
  it("posts nothing but the session's headers", async () => {
    const { provider, credentials, context, sent } = scriptedBroker([{ json: { message: "Logged out successfully" } }]);
    await provider.revoke!(liveSession(), credentials, context);
    expect(sent.map(wire)).toEqual([
      {
        method: "POST",
        url: "https://api.nubra.io/logout",
        headers: { authorization: `Bearer ${sessionToken()}`, "x-device-id": canaries.deviceId },
        body: "",
      },
    ]);
    expect(context.spent).toEqual([]);
  });

  it.each([440, 401])("counts %d as logged out already", async (status) => {
    const { provider, credentials, context } = scriptedBroker([{ status }]);
    await expect(provider.revoke!(liveSession(), credentials, context)).resolves.toBeUndefined();
  });

  it.each([
    [{ status: 400 }, "protocol_error"],
    [{ status: 403 }, "permission_denied"],
    [{ status: 429 }, "rate_limited"],
    [{ status: 500 }, "broker_unavailable"],
    [{ fail: "ECONNRESET" }, "broker_unavailable"],
  ] as const)("fails at %j: %s", async (answer, code) => {
    const { provider, credentials, context } = scriptedBroker([answer]);
    expect((await refused(provider.revoke!(liveSession(), credentials, context))).code).toBe(code);
  });
});
