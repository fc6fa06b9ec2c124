import { type ScriptedAnswer, type ScriptedFetch, scriptedFetch } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { network } from "./network.ts";
import { clientIpAnswer, tradeSid, tradeToken } from "./testing/answers.ts";
import { account, clientWith, sessionWith } from "./testing/scripted-broker.ts";

function ask(answer: ScriptedAnswer): { readonly script: ScriptedFetch; readonly report: ReturnType<typeof network> } {
  const script = scriptedFetch(answer);
  return { script, report: network(sessionWith(), clientWith({ fetch: script.fetch })) };
}

describe("the address that the broker sees", () => {
  it("is asked for at the login host with the session's pair and the access token, without a body", async () => {
    const { script, report } = ask(clientIpAnswer);
    await report;
    expect(script.sent).toStrictEqual([
      {
        method: "GET",
        url: "https://mis.kotaksecurities.com/login/1.0/get-client-ip",
        path: "/login/1.0/get-client-ip",
        headers: { authorization: account.accessToken, sid: tradeSid, auth: tradeToken },
        body: "",
      },
    ]);
  });

  it("is reported, and whether it is listed stays open", async () => {
    expect(await ask(clientIpAnswer).report).toStrictEqual({
      address: "203.0.113.10",
      allowed: undefined,
      message: expect.stringContaining("203.0.113.10") as string,
    });
  });

  it.each(["100008", "1037", "100022", "900901"])("is an error that names the broker's code %s", async (brokerCode) => {
    const answer = { status: 401, json: { stat: "Not_Ok", stCode: Number(brokerCode), emsg: "unauthorized" } };
    await expect(ask(answer).report).rejects.toMatchObject({ broker: "kotak-neo", brokerCode, status: 401 });
  });

  it.each<[string, ScriptedAnswer, string]>([
    [
      "a dead session",
      { status: 401, json: { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" } },
      "session_expired",
    ],
    ["a rate limit", { status: 429, headers: { "retry-after": "2" } }, "rate_limited"],
    ["a server fault", { status: 503 }, "broker_unavailable"],
    ["an answer without an address", { json: { stCode: 1000, status: "success", data: [] } }, "protocol_error"],
    ["a page", { text: "<html></html>" }, "protocol_error"],
    ["a refusal without a code", { status: 403 }, "protocol_error"],
    ["silence", { fail: "ECONNRESET" }, "broker_unavailable"],
  ])("is an error with %s", async (_, answer, code) => {
    await expect(ask(answer).report).rejects.toMatchObject({ code, broker: "kotak-neo" });
  });
});
