import { inspect } from "node:util";
import type { ScriptedAnswer } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { revoke } from "./logout.ts";
import { accessToken, account, refusalOf, refusedAs, scripted, sessionOf } from "./testing/test-environment.ts";

describe("logging out", () => {
  it.each<[string, ScriptedAnswer]>([
    ["is done", { json: { status: "success", data: true } }],
    ["was over already", { status: 403, json: refusedAs("TokenException") }],
  ])("%s: one call, with the token in the query as Zerodha wants it", async (_, answer) => {
    const { client, context, sent } = scripted(answer);
    await revoke(sessionOf(context), client);
    expect(sent).toMatchObject([
      {
        method: "DELETE",
        url: `https://api.kite.trade/session/token?api_key=${account.apiKey}&access_token=${accessToken}`,
        headers: { authorization: `token ${account.apiKey}:${accessToken}`, "x-kite-version": "3" },
      },
    ]);
  });

  it.each<[string, ScriptedAnswer]>([
    ["broker_unavailable", { status: 503 }],
    ["broker_unavailable", { fail: "ECONNRESET" }],
    ["broker_unavailable", { fail: "ENOTFOUND" }],
    ["rate_limited", { status: 429 }],
    ["permission_denied", { status: 403 }],
    ["protocol_error", { status: 404 }],
    ["protocol_error", { status: 302, headers: { location: "https://elsewhere.example.com/" } }],
  ])("that is not confirmed is %s, and the token in its address is in no error: %j", async (code, answer) => {
    const { client, context } = scripted(answer);
    const error = await refusalOf(() => revoke(sessionOf(context), client));
    expect(error.code).toBe(code);
    const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + String(error.stack);
    for (const secret of [accessToken, account.apiKey]) expect(shown).not.toContain(secret);
  });
});
