import { describe, expect, it } from "vitest";
import { startedAt } from "./testing/answers.ts";
import { scriptedBroker, refused, wire } from "./testing/scripted-broker.ts";

const date = new Date(startedAt).toUTCString();

describe("server time", () => {
  it.each([200, 401, 404, 429, 500])(
    "is the middle of the second that the Date header names, at status %d",
    async (status) => {
      const { provider, credentials, context, sent } = scriptedBroker([{ status, headers: { date } }]);
      expect(await provider.serverTime!(credentials, context)).toBe(startedAt + 500);
      expect(sent.map(wire)).toEqual([{ method: "GET", url: "https://api.nubra.io/", headers: {}, body: "" }]);
      expect(context.spent).toEqual([]);
    },
  );

  it.each([
    ["no header", { status: 200 }, "protocol_error"],
    ["a header that is no date", { headers: { date: "yesterday" } }, "protocol_error"],
    ["a redirect", { status: 302, headers: { date, location: "https://elsewhere.example" } }, "protocol_error"],
    ["no connection", { fail: "ENOTFOUND" }, "broker_unavailable"],
    ["a lost answer", { fail: "ECONNRESET" }, "broker_unavailable"],
  ] as const)("is not guessed from %s", async (_what, answer, code) => {
    const { provider, credentials, context } = scriptedBroker([answer]);
    expect((await refused(provider.serverTime!(credentials, context))).code).toBe(code);
  });
});
