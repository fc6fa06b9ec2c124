import { describe, expect, it } from "vitest";
import { canaries, sessionToken, userInfo } from "./testing/answers.ts";
import { scriptedBroker, liveSession, refused, wire } from "./testing/scripted-broker.ts";

describe("the probe", () => {
  it("asks /userinfo with the session's headers", async () => {
    const { provider, credentials, context, sent } = scriptedBroker([userInfo()], {
      options: { extraHeaders: { "x-app-version": "0.4.5" } },
    });
    expect(await provider.probe!(liveSession(), credentials, context)).toBe("alive");
    expect(sent.map(wire)).toEqual([
      {
        method: "GET",
        url: "https://api.nubra.io/userinfo",
        headers: {
          authorization: `Bearer ${sessionToken()}`,
          "x-device-id": canaries.deviceId,
          "x-app-version": "0.4.5",
        },
        body: "",
      },
    ]);
    expect(context.spent).toEqual([]);
  });

  it.each([
    ["200 with JSON", userInfo(), "alive"],
    ["200 with a page", { text: "<html>" }, "unknown"],
    ["200 with JSON that speaks of an error", { json: { error: "session expired" } }, "unknown"],
    ["200 with JSON that says no", { json: { success: false } }, "unknown"],
    ["440", { status: 440 }, "dead"],
    ["440 in plain words", { status: 440, text: "session expired", headers: { "content-type": "text/plain" } }, "dead"],
    ["401", { status: 401, json: { error: "unauthorized" } }, "dead"],
    ["a page behind 401", { status: 401, text: "<html>", headers: { "content-type": "text/html" } }, "unknown"],
    ["403 without a body", { status: 403 }, "refused"],
    ["403 with words", { status: 403, json: { error: "Forbidden" } }, "unknown"],
    ["a page behind 403", { status: 403, text: "<html>" }, "unknown"],
    ["404", { status: 404 }, "unknown"],
    ["429", { status: 429 }, "unknown"],
    ["500", { status: 500 }, "unknown"],
    ["a redirect", { status: 302, headers: { location: "https://elsewhere.example" } }, "unknown"],
    ["no connection", { fail: "ECONNREFUSED" }, "unknown"],
    ["a lost answer", { fail: "ECONNRESET" }, "unknown"],
  ] as const)("takes %s for %s", async (_what, answer, state) => {
    const { provider, credentials, context } = scriptedBroker([answer]);
    expect(await provider.probe!(liveSession(), credentials, context)).toBe(state);
  });

  it("says that it was ended, and not that the session is unknown", async () => {
    const { provider, credentials, context, sent } = scriptedBroker([], { signal: AbortSignal.abort() });
    expect((await refused(provider.probe!(liveSession(), credentials, context))).code).toBe("aborted");
    expect(sent).toEqual([]);
  });
});
