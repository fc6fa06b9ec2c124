import { type ScriptedAnswer, scriptedFetch } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { probe } from "./probe.ts";
import { clientIpAnswer, emptyReport, noData, tradeSid, tradeToken } from "./testing/answers.ts";
import { clientWith, sessionWith } from "./testing/scripted-broker.ts";

const dead = { json: { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" } };
const clientIp = "/login/1.0/get-client-ip";
const positions = "/quick/user/positions";

async function ask(
  ...answers: readonly ScriptedAnswer[]
): Promise<{ readonly verdict: string; readonly paths: string[] }> {
  const script = scriptedFetch(...answers);
  const verdict = await probe(sessionWith(), clientWith({ fetch: script.fetch }));
  return { verdict, paths: script.sent.map(({ path }) => path) };
}

describe("a probe", () => {
  it.each<[string, ScriptedAnswer]>([
    ["100022", dead],
    ["1003", { json: { stat: "Not_Ok", stCode: 1003, errMsg: "Invalid session" } }],
    ["10020 of an older host", { status: 401, json: { stat: "Not_Ok", error: [{ code: "10020", message: "x" }] } }],
  ])("takes a refusal by get-client-ip for proof: %s", async (_, answer) => {
    expect(await ask(answer)).toStrictEqual({ verdict: "dead", paths: [clientIp] });
  });

  it.each<[string, ScriptedAnswer]>([
    ["its success", clientIpAnswer],
    ["silence there", { fail: "ECONNRESET" }],
    ["a fault there", { status: 503 }],
    ["a 401 without a code there", { status: 401, headers: { "content-length": "0" } }],
    ["a 401 whose code says no more there", { status: 401, json: { status: "error", errorCode: "401" } }],
    [
      "a refused access token there",
      { status: 401, json: { error: [{ code: "401", message: "Consumer key x does not exist" }] } },
    ],
    [
      "the gateway's refusal there",
      { status: 401, json: { code: "900901", type: "Status report", message: "Invalid Credentials" } },
    ],
  ])("does not take %s for proof of anything and asks the trading host", async (_, answer) => {
    expect(await ask(answer, emptyReport)).toStrictEqual({ verdict: "alive", paths: [clientIp, positions] });
    expect(await ask(answer, noData)).toMatchObject({ verdict: "alive" });
    expect(await ask(answer, dead)).toMatchObject({ verdict: "dead" });
  });

  it.each<[string, ScriptedAnswer]>([
    ["a fault", { status: 502, text: "<html></html>" }],
    ["a rate limit", { status: 429 }],
    ["a page", { text: "<html></html>" }],
    ["HTTP 403 with a page", { status: 403, text: "<html></html>" }],
    ["an empty answer", {}],
    ["JSON that says nothing", { json: {} }],
    ["silence", { fail: "ECONNRESET" }],
    ["a redirect", { status: 302, headers: { location: "https://elsewhere.example.com/" } }],
  ])("knows nothing after %s at the trading host", async (_, answer) => {
    expect(await ask(clientIpAnswer, answer)).toStrictEqual({ verdict: "unknown", paths: [clientIp, positions] });
  });

  it("takes a 401 without a body at the trading host for the end, also where a gateway calls it a page", async () => {
    const empty = { status: 401, headers: { "content-type": "text/html" } };
    expect(await ask(empty, empty)).toMatchObject({ verdict: "dead" });
    expect(await ask(clientIpAnswer, { ...empty, text: "<html></html>" })).toMatchObject({ verdict: "unknown" });
  });

  it("is refused by a bare 403 at the trading host, which says nothing of the session", async () => {
    const refused = { status: 403 };
    expect(await ask(refused, refused)).toStrictEqual({ verdict: "refused", paths: [clientIp, positions] });
  });

  it("asks with the session's own headers, and only reads", async () => {
    const script = scriptedFetch(clientIpAnswer, emptyReport);
    await probe(sessionWith(), clientWith({ fetch: script.fetch }));
    expect(script.sent[1]).toStrictEqual({
      method: "GET",
      url: "https://e21.kotaksecurities.com/quick/user/positions",
      path: positions,
      headers: { auth: tradeToken, sid: tradeSid, "neo-fin-key": "neotradeapi" },
      body: "",
    });
  });

  it("spends no attempt", async () => {
    const client = clientWith({ fetch: scriptedFetch(clientIpAnswer, emptyReport).fetch });
    await probe(sessionWith(), client);
    expect(client.context.spent).toStrictEqual([]);
  });

  it("ends with the caller's signal", async () => {
    const script = scriptedFetch();
    const client = clientWith({ fetch: script.fetch, signal: AbortSignal.abort() });
    await expect(probe(sessionWith(), client)).rejects.toMatchObject({ code: "aborted" });
    expect(script.sent).toHaveLength(0);
  });
});
