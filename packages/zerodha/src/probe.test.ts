import type { ScriptedAnswer } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { probe } from "./probe.ts";
import { account, refusedAs, scripted, sessionOf } from "./testing/test-environment.ts";

const profile = { status: "success", data: { user_id: account.userId, user_name: "TEST USER" } };

describe("the probe", () => {
  it.each<[string, ScriptedAnswer]>([
    ["alive", { json: profile }],
    ["dead", { status: 403, json: refusedAs("TokenException", "Incorrect `api_key` or `access_token`.") }],
    ["unknown", { status: 403, json: refusedAs("PermissionException") }],
    ["unknown", { status: 403, json: refusedAs("TokenException", "IP (203.0.113.7) is not allowed") }],
    ["unknown", { status: 403 }],
    ["unknown", { status: 403, text: "<html>" }],
    ["unknown", { status: 500, json: refusedAs("TokenException") }],
    ["unknown", { status: 429 }],
    ["unknown", { json: {} }],
    ["unknown", { json: { ...profile, error_type: "GeneralException" } }],
    ["unknown", { json: refusedAs("TokenException") }],
    ["unknown", { json: { ...profile, data: { user_id: "ZK9020" } } }],
    ["unknown", { text: '{"status":"success","data":{"user_id"' }],
    ["unknown", { fail: "ECONNRESET" }],
  ])("says %s for %j", async (verdict, answer) => {
    const { client, context, sent } = scripted(answer);
    expect(await probe(sessionOf(context), client)).toBe(verdict);
    expect(sent).toMatchObject([{ method: "GET", url: "https://api.kite.trade/user/profile" }]);
  });
});
