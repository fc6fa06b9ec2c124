import { type ScriptedAnswer } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { serverTime } from "./server-time.ts";
import { stoppedBy } from "./testing/answers.ts";
import { account, scripted } from "./testing/scripted-broker.ts";

const at = Date.UTC(2031, 2, 3, 4, 0, 7);
const headers = { date: new Date(at).toUTCString() };

describe("the broker's clock", () => {
  it("is read at a known address without key, token or attempt", async () => {
    const { client, context, sent } = scripted([{ json: stoppedBy("AG8003", "Token missing"), headers }]);
    expect(await serverTime(client)).toBe(at + 500);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.path).toBe("/rest/secure/angelbroking/user/v1/getProfile");
    for (const value of Object.values(account)) expect(JSON.stringify(sent)).not.toContain(value);
    expect(Object.keys(sent[0]?.headers ?? {})).not.toContain("authorization");
    expect(context.spent).toStrictEqual([]);
  });

  it.each<[string, ScriptedAnswer, string]>([
    ["no date", {}, "protocol_error"],
    [
      "a redirect",
      { status: 302, headers: { ...headers, location: "https://elsewhere.example.com/" } },
      "protocol_error",
    ],
    ["no connection", { fail: "ECONNREFUSED" }, "broker_unavailable"],
  ])("is an error with %s", async (_, answer, code) => {
    await expect(serverTime(scripted([answer]).client)).rejects.toMatchObject({ code, step: "server-time" });
  });
});
