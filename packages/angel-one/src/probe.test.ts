import type { ScriptedAnswer } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { probe } from "./probe.ts";
import { refusedBy, stoppedBy, success } from "./testing/answers.ts";
import { account, scripted, sessionOf } from "./testing/scripted-broker.ts";

const profile = success({ clientcode: account.clientCode, name: "TEST USER" });

describe("the probe", () => {
  it.each<[string, ScriptedAnswer]>([
    ["alive", { json: profile }],
    ["dead", { json: stoppedBy("AG8001") }],
    ["dead", { json: refusedBy("AB1010") }],
    ["dead", { status: 401 }],
    ["dead", { status: 403, json: stoppedBy("AG8002") }],
    ["unknown", { status: 403 }],
    ["unknown", { status: 403, text: "Access denied because of exceeding rate limit" }],
    ["unknown", { status: 403, json: stoppedBy("", "Access denied because of exceeding rate limit") }],
    ["unknown", { status: 500, json: stoppedBy("AG8001") }],
    ["unknown", { status: 429 }],
    ["unknown", { text: "<html>Request Rejected</html>", headers: { "content-type": "text/html" } }],
    ["unknown", { json: {} }],
    ["unknown", { json: { ...profile, errorcode: "AB1004" } }],
    ["unknown", { json: success({ clientcode: "T100008" }) }],
    ["unknown", { text: '{"status":true,"data":{"clientcode"' }],
    ["unknown", { fail: "ECONNRESET" }],
  ])("says %s for %j", async (verdict, answer) => {
    const { client, context, sent } = scripted([answer]);
    expect(await probe(sessionOf(context), client)).toBe(verdict);
    expect(sent).toMatchObject([
      { method: "GET", url: "https://apiconnect.angelone.in/rest/secure/angelbroking/user/v1/getProfile" },
    ]);
  });
});
