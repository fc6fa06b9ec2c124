import { type Renewal, Secret } from "@x/core/adapter";
import type { ScriptedAnswer } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { renew } from "./renewal.ts";
import { granted, invented, jwtToken, midnight, refreshToken, refusedBy, startedAt } from "./testing/answers.ts";
import { account, opened, refusalOf, scripted } from "./testing/scripted-broker.ts";

const renewal: Renewal = { token: new Secret(`${jwtToken} ${refreshToken}`), issuedAt: startedAt - 3_600_000 };

describe("a renewal", () => {
  it("shows the old JWT and the refresh token in one call, spends no factor, and brings what the next one needs", async () => {
    const next = { jwtToken: invented({ jti: "2" }), refreshToken: invented({ use: "refresh", jti: "2" }) };
    const { client, context, sent } = scripted([granted(next)]);
    const step = opened(await renew(renewal, client));
    expect(sent).toMatchObject([
      {
        method: "POST",
        url: "https://apiconnect.angelone.in/rest/auth/angelbroking/jwt/v1/generateTokens",
        headers: { authorization: `Bearer ${jwtToken}`, "x-privatekey": account.apiKey },
        body: JSON.stringify({ refreshToken }),
      },
    ]);
    expect(context.spent).toStrictEqual([]);
    expect(step.session).toMatchObject({ issuedAt: startedAt, expiresAt: midnight });
    expect(step.session.tokens.jwtToken.reveal()).toBe(next.jwtToken);
    expect(step.renewal?.token.reveal()).toBe(`${next.jwtToken} ${next.refreshToken}`);
  });

  it.each<[string, ScriptedAnswer]>([
    ["session_expired", { json: refusedBy("AB8050", "Invalid Refresh Token") }],
    ["session_expired", { json: refusedBy("AB8051", "Refresh Token Expired") }],
    ["outcome_unknown", { fail: "ECONNRESET" }],
    ["outcome_unknown", { status: 500 }],
    ["broker_unavailable", { fail: "ECONNREFUSED" }],
    ["rate_limited", { status: 429 }],
    ["protocol_error", { text: "<html>Request Rejected</html>", headers: { "content-type": "text/html" } }],
    ["protocol_error", granted({ jwtToken: undefined })],
    ["protocol_error", granted({ jwtToken: invented({ exp: startedAt / 1000 - 1 }) })],
  ])("is %s at %j, after one request", async (code, answer) => {
    const { client, sent } = scripted([answer]);
    expect((await refusalOf(() => renew(renewal, client))).code).toBe(code);
    expect(sent).toHaveLength(1);
  });

  it("that is none is over, and nothing is sent", async () => {
    const { client, sent } = scripted([]);
    const none = { ...renewal, token: new Secret("one-word") };
    expect(await refusalOf(() => renew(none, client))).toMatchObject({ code: "session_expired", step: "renewal" });
    expect(sent).toStrictEqual([]);
  });
});
