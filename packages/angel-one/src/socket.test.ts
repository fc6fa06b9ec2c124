import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { openSocket } from "./socket.ts";
import { feedToken, jwtToken } from "./testing/answers.ts";
import { account, refusalOf, scripted, sessionOf } from "./testing/scripted-broker.ts";

describe("a socket", () => {
  it.each([
    ["market", "wss://smartapisocket.angelone.in/smart-stream", jwtToken],
    ["orders", "wss://tns.angelone.in/smart-order-update", `Bearer ${jwtToken}`],
  ])(
    "for %s is at %s, with its tokens in the handshake and a ping every ten seconds",
    (purpose, url, authorization) => {
      const { client, context, sent } = scripted([]);
      const plan = openSocket(sessionOf(context), purpose, client);
      expect(plan).toMatchObject({ url, frames: [], heartbeat: { frame: "ping", everyMs: 10_000 } });
      expect(Object.entries(plan.headers).map(([name, value]) => [name, value.reveal()])).toStrictEqual([
        ["authorization", authorization],
        ["x-api-key", account.apiKey],
        ["x-client-code", account.clientCode],
        ["x-feed-token", feedToken],
      ]);
      expect(plan.classify("pong")).toBe("other");
      expect(sent).toStrictEqual([]);
      const shown = inspect(plan, { depth: 9, showHidden: true });
      for (const secret of [jwtToken, feedToken, account.apiKey, account.clientCode])
        expect(shown).not.toContain(secret);
    },
  );

  it("is at the account's own address where that was replaced", () => {
    const place = { environment: "sandbox", baseUrl: "http://127.0.0.1:8081" } as const;
    const { client, context } = scripted([], { account: { ...account, ...place } });
    expect(openSocket(sessionOf(context), "orders", client).url).toBe("ws://127.0.0.1:8081/smart-order-update");
  });

  it("has no other purposes", async () => {
    const { client, context } = scripted([]);
    const error = await refusalOf(() => openSocket(sessionOf(context), "ticks", client));
    expect(error).toMatchObject({ code: "configuration", field: "purpose" });
  });
});
