import { inspect } from "node:util";
import type { ScriptedAnswer } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { revoke } from "./logout.ts";
import { jwtToken, refusedBy, stoppedBy, success } from "./testing/answers.ts";
import { account, refusalOf, scripted, sessionOf } from "./testing/scripted-broker.ts";

describe("logging out", () => {
  it.each<[string, ScriptedAnswer]>([
    ["is done", { json: success("") }],
    ["was over already", { json: stoppedBy("AG8001") }],
    ["was over by the services' word", { json: refusedBy("AB1010") }],
  ])("%s: one call with the client code", async (_, answer) => {
    const { client, context, sent } = scripted([answer]);
    await revoke(sessionOf(context), client);
    expect(sent).toMatchObject([
      {
        method: "POST",
        url: "https://apiconnect.angelone.in/rest/secure/angelbroking/user/v1/logout",
        headers: { authorization: `Bearer ${jwtToken}`, "x-privatekey": account.apiKey },
        body: JSON.stringify({ clientcode: account.clientCode }),
      },
    ]);
  });

  it.each<[string, ScriptedAnswer]>([
    ["broker_unavailable", { status: 503 }],
    ["broker_unavailable", { fail: "ECONNRESET" }],
    ["rate_limited", { status: 429 }],
    ["permission_denied", { status: 403 }],
    ["protocol_error", { json: refusedBy("AB9999") }],
    ["protocol_error", {}],
    ["protocol_error", { text: "<html>", headers: { "content-type": "text/html" } }],
  ])("that is not confirmed is %s, and shows no secret: %j", async (code, answer) => {
    const { client, context } = scripted([answer]);
    const error = await refusalOf(() => revoke(sessionOf(context), client));
    expect(error.code).toBe(code);
    const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + String(error.stack);
    for (const secret of [jwtToken, account.apiKey, account.clientCode]) expect(shown).not.toContain(secret);
  });
});
