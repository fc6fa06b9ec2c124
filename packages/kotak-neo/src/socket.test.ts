import type { SocketPlan } from "@x/core/adapter";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { KotakNeoAccount } from "./credentials.ts";
import { openSocket } from "./socket.ts";
import { tradeSid, tradeToken } from "./testing/answers.ts";
import { account, clientFor, sessionWith } from "./testing/scripted-broker.ts";
import type { KotakNeoTokens } from "./tokens.ts";

const sandboxAccount: KotakNeoAccount = { ...account, environment: "sandbox", loginBaseUrl: "http://127.0.0.1:8081" };
const plan = (purpose: string, changes: Partial<KotakNeoTokens> = {}, input: KotakNeoAccount = account): SocketPlan =>
  openSocket(sessionWith(changes), purpose, clientFor(input));
const frames = ({ frames: sent }: SocketPlan): unknown[] => sent.map((frame) => JSON.parse(frame.reveal()) as unknown);

describe("the market feed", () => {
  it("is opened with the client code and the trade sid, not the token", () => {
    const market = plan("market");
    expect(market.url).toBe("wss://feed.kotaksecurities.com/apifeed");
    expect(market.headers).toStrictEqual({});
    expect(market.heartbeat).toBeUndefined();
    expect(frames(market)).toStrictEqual([
      { user: "XY42Z", auth: tradeSid, format: "native_batch", source: "NEOTRADEAPI" },
    ]);
    expect(market.frames[0]?.reveal()).not.toContain(tradeToken);
  });

  it.each([
    ['{"message_code":1117,"format":"native_batch"}', "accepted"],
    ['{"message_code":"1117"}', "accepted"],
    ['{"message_code":1119}', "other"],
    ['{"message_code":1120,"message":"Auth failed"}', "refused"],
    ['[{"message_code":1119},{"message_code":1120}]', "refused"],
    ['{"ak":"nk"}', "other"],
    ["{message_code:1117}", "other"],
    ["", "other"],
    ["null", "other"],
    ['"1117"', "other"],
  ])("judges %s as %s", (frame, verdict) => {
    expect(plan("market").classify(frame)).toBe(verdict);
  });

  it("has no address in a session whose login answered none", () => {
    expect(() => plan("market", { feedUrl: undefined })).toThrow(
      expect.objectContaining({ code: "protocol_error" }) as Error,
    );
  });
});

describe("the order feed", () => {
  it("is opened with the trade pair as proper JSON, and kept alive every 30 seconds", () => {
    const orders = plan("orders");
    expect(orders.url).toBe("wss://rt.kotaksecurities.com/realtime");
    expect(orders.headers).toStrictEqual({});
    expect(frames(orders)).toStrictEqual([{ type: "cn", Authorization: tradeToken, Sid: tradeSid, src: "WEB" }]);
    expect(orders.heartbeat).toStrictEqual({ frame: '{"type":"hb"}', everyMs: 30_000 });
  });

  it("lies at the trading host where the login answered no address for it", () => {
    expect(plan("orders", { rtUrl: undefined }).url).toBe("wss://e21.kotaksecurities.com/realtime");
  });

  it.each([
    ['{"ak":"ok","type":"cn","task":"cn","msg":"connected"}', "accepted"],
    ['{"ak":"nk","type":"cn","msg":"Authentication Failed"}', "refused"],
    ['[{"ak":"nk","type":"failed to connect","msg":"Authentication Failed"}]', "refused"],
    ['{"type":"order","data":{"ordSt":"open"}}', "other"],
    ['{"message_code":1117}', "other"],
    ["{ak:ok}", "other"],
  ])("judges %s as %s", (frame, verdict) => {
    expect(plan("orders").classify(frame)).toBe(verdict);
  });
});

describe("any socket", () => {
  it.each(["market", "orders"])("of %s stays on loopback in the sandbox", (purpose) => {
    const local = { baseUrl: "http://127.0.0.1:9001", feedUrl: "http://127.0.0.1:9001/apifeed", rtUrl: undefined };
    const { url } = plan(purpose, local, sandboxAccount);
    expect(url).toBe(purpose === "market" ? "ws://127.0.0.1:9001/apifeed" : "ws://127.0.0.1:9001/realtime");
    expect(() => plan(purpose, local)).toThrow(expect.objectContaining({ code: "protocol_error" }) as Error);
    expect(() => plan(purpose, {}, sandboxAccount)).toThrow(
      expect.objectContaining({ code: "protocol_error" }) as Error,
    );
  });

  it("of another purpose is refused", () => {
    expect(() => plan("quotes")).toThrow(expect.objectContaining({ code: "configuration", field: "purpose" }) as Error);
  });

  it("shows no secret when its plan is printed", () => {
    for (const purpose of ["market", "orders"]) {
      const shown = inspect(plan(purpose), { depth: 9 }) + JSON.stringify(plan(purpose));
      for (const hidden of [tradeToken, tradeSid, "XY42Z"]) expect(shown).not.toContain(hidden);
    }
  });
});
