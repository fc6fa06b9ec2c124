import { describe, expect, it } from "vitest";
import { canaries, sessionToken, userInfo } from "./testing/answers.ts";
import { scriptedBroker, type ScriptedBrokerOptions, liveSession, refused, wire } from "./testing/scripted-broker.ts";

function urls(url: unknown): { json: unknown } {
  return { json: { env_info: { market_ws_url: url, user_ws_url: url } } };
}

describe("a socket", () => {
  it.each([
    [
      "market",
      "wss://api.nubra.io/apibatch/ws",
      `batch_subscribe ${sessionToken()} index {"instruments":[],"indexes":[]} NSE`,
    ],
    ["orders", "wss://api.nubra.io/ws", `subscribe ${sessionToken()} notifications notification`],
  ])(
    "for %s is where /userinfo says, with the token in the first command and no header",
    async (purpose, url, frame) => {
      const { provider, credentials, context, sent } = scriptedBroker([userInfo()]);
      const plan = await provider.socket!(liveSession(), credentials, purpose, context);
      expect(plan.url).toBe(url);
      expect(plan.headers).toEqual({});
      expect(plan.frames.map((each) => each.reveal())).toEqual([frame]);
      expect(sent.map(wire)).toEqual([
        {
          method: "GET",
          url: "https://api.nubra.io/userinfo",
          headers: { authorization: `Bearer ${sessionToken()}`, "x-device-id": canaries.deviceId },
          body: "",
        },
      ]);
    },
  );

  it("calls the text frame Invalid Token a refusal, and no other frame", async () => {
    const { provider, credentials, context } = scriptedBroker([userInfo()]);
    const plan = await provider.socket!(liveSession(), credentials, "market", context);
    const classify = (frame: string): string => plan.classify(frame);
    expect(["Invalid Token", " invalid token\n"].map(classify)).toEqual(["refused", "refused"]);
    expect(["", "ok", '{"message":"Invalid Token of another kind"}'].map(classify)).toEqual([
      "other",
      "other",
      "other",
    ]);
  });

  it.each<[string, unknown, ScriptedBrokerOptions["account"]]>([
    ["another domain", "wss://evil.example/ws", {}],
    ["a look-alike", "wss://nubra.io.evil.example/ws", {}],
    ["a look-alike without a dot", "wss://evilnubra.io/ws", {}],
    ["a user name", "wss://api.nubra.io@evil.example/ws", {}],
    ["plain ws", "ws://api.nubra.io/ws", {}],
    ["https", "https://api.nubra.io/ws", {}],
    ["another port", "wss://api.nubra.io:8443/ws", {}],
    ["loopback", "ws://127.0.0.1:9/ws", {}],
    ["no address", "api.nubra.io/ws", {}],
    ["the broker from the sandbox", "wss://api.nubra.io/ws", { environment: "sandbox", baseUrl: "http://127.0.0.1:9" }],
    ["plain ws at the custom host", "ws://proxy.example.com/ws", { baseUrl: "https://proxy.example.com" }],
    ["another port of the custom host", "wss://proxy.example.com:9/ws", { baseUrl: "https://proxy.example.com" }],
  ])("is refused at %s", async (_what, url, account) => {
    const { provider, credentials, context } = scriptedBroker([urls(url)], { account: account ?? {} });
    const error = await refused(provider.socket!(liveSession(), credentials, "market", context));
    expect(error).toMatchObject({ code: "protocol_error", step: "userinfo" });
    expect(error.message).not.toContain("evil");
  });

  it.each<[string, ScriptedBrokerOptions["account"]]>([
    ["wss://feed.nubra.io/ws", {}],
    ["wss://proxy.example.com:8443/ws", { baseUrl: "https://proxy.example.com:8443" }],
    ["ws://127.0.0.1:4711/ws", { environment: "sandbox", baseUrl: "http://127.0.0.1:9" }],
  ])("is taken at %s", async (url, account) => {
    const { provider, credentials, context } = scriptedBroker([urls(url)], { account: account ?? {} });
    expect((await provider.socket!(liveSession(), credentials, "orders", context)).url).toBe(url);
  });

  it("warns where Nubra calls the client outdated, and is given all the same", async () => {
    const { provider, credentials, context } = scriptedBroker([userInfo("DEPRECATED"), userInfo()]);
    const plan = await provider.socket!(liveSession(), credentials, "market", context);
    expect(plan.warnings).toMatchObject([{ code: "client_deprecated" }]);
    expect((await provider.socket!(liveSession(), credentials, "market", context)).warnings).toEqual([]);
  });

  it("of an unknown purpose is a mistake of the program, found before anything is sent", async () => {
    const { provider, credentials, context, sent } = scriptedBroker([]);
    expect(await refused(provider.socket!(liveSession(), credentials, "ticks", context))).toMatchObject({
      code: "configuration",
      field: "purpose",
    });
    expect(sent).toEqual([]);
  });

  it.each([
    [{ status: 440 }, "session_expired"],
    [{ status: 403 }, "permission_denied"],
    [{ status: 503 }, "broker_unavailable"],
    [{ text: "<html>" }, "protocol_error"],
    [{ json: { version_info: { status: "ACTIVE" } } }, "protocol_error"],
    [urls(7), "protocol_error"],
  ] as const)("is not opened at %j: %s", async (answer, code) => {
    const { provider, credentials, context } = scriptedBroker([answer]);
    expect((await refused(provider.socket!(liveSession(), credentials, "market", context))).code).toBe(code);
  });

  it("keeps its frames closed when it is printed", async () => {
    const { provider, credentials, context } = scriptedBroker([userInfo()]);
    expect(JSON.stringify(await provider.socket!(liveSession(), credentials, "market", context))).not.toContain(
      sessionToken(),
    );
  });
});
