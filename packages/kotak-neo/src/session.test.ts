import type { BrokerAnswer, OriginPolicy } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { originPolicy } from "./client.ts";
import type { KotakNeoAccount } from "./credentials.ts";
import { names } from "./endpoints.ts";
import type { KotakNeoOptions } from "./options.ts";
import { readLoginGrant } from "./responses.ts";
import { type GrantedSession, mintSession, pinnedUrl } from "./session.ts";
import { invented, tradeAnswer } from "./testing/answers.ts";
import { account, clientFor, clientWith, refusalOf } from "./testing/scripted-broker.ts";

const morning = Date.UTC(2031, 2, 3, 3, 30);
const midnight = Date.UTC(2031, 2, 3, 18, 30);
const sandboxAccount: KotakNeoAccount = { ...account, environment: "sandbox", loginBaseUrl: "http://127.0.0.1:8081" };

interface Minting {
  readonly answer?: Readonly<Record<string, unknown>>;
  readonly sentAt?: number;
  readonly input?: KotakNeoAccount;
  readonly options?: KotakNeoOptions;
}

function mint({ answer = {}, sentAt = morning, input, options }: Minting = {}): GrantedSession {
  const grant = readLoginGrant(tradeAnswer(answer).json);
  if (grant === undefined) throw new Error("the fixture is no grant");
  const reply: BrokerAnswer = {
    ...names,
    step: "tradeApiValidate",
    path: "/call",
    status: 200,
    ok: true,
    header: () => undefined,
    json: {},
    body: "json",
  };
  return mintSession(grant, { reply, sentAt }, clientWith({}, input, options));
}

const codes = ({ warnings }: GrantedSession): string[] => warnings.map(({ code }) => code);
const protocolError = expect.objectContaining({ code: "protocol_error", step: "tradeApiValidate" }) as Error;

describe("expiry of a session", () => {
  it("is the next 00:00 IST, without a margin", () => {
    const { session } = mint({ answer: { token: "opaque" } });
    expect(session).toMatchObject({ issuedAt: morning, expiresAt: midnight });
  });

  it.each([
    ["2031-03-02 10:00 IST", Date.UTC(2031, 2, 2, 4, 30), Date.UTC(2031, 2, 2, 18, 30)],
    ["a second before midnight", midnight - 1000, midnight],
    ["midnight itself", midnight, midnight + 86_400_000],
    ["01:00 IST, when it is still yesterday in London", midnight + 3_600_000, midnight + 86_400_000],
    ["06:00 IST, past midnight in London", midnight + 6 * 3_600_000, midnight + 86_400_000],
  ])("counts from %s", (_, sentAt, expiresAt) => {
    expect(mint({ answer: { token: "opaque" }, sentAt }).session.expiresAt).toBe(expiresAt);
  });

  it("is earlier where the token says so, and never later", () => {
    const early = invented("Trade", { exp: morning / 1000 + 3600 });
    expect(mint({ answer: { token: early } }).session.expiresAt).toBe(morning + 3_600_000);
    const late = invented("Trade", { exp: midnight / 1000 + 86_400 });
    expect(mint({ answer: { token: late } }).session.expiresAt).toBe(midnight);
  });

  it.each([[{ exp: "soon" }], [{ exp: null }], [{ exp: 1e306 }], [{ exp: 1e15 }]])(
    "ignores the senseless claim %j",
    (claims) => {
      expect(mint({ answer: { token: invented("Trade", claims) } }).session.expiresAt).toBe(midnight);
    },
  );

  it("warns of a session that ends within five minutes", () => {
    expect(codes(mint({ sentAt: midnight - 300_000 }))).toStrictEqual(["short_session"]);
    expect(codes(mint({ sentAt: midnight - 300_001 }))).toStrictEqual([]);
    expect(mint({ sentAt: midnight - 60_000 }).warnings[0]?.message).toContain("2031-03-04 00:00:00 IST");
  });
});

describe("addresses of a session", () => {
  it("are those of the answer", () => {
    const { session, warnings } = mint();
    expect(warnings).toStrictEqual([]);
    expect(session.tokens).toMatchObject({
      baseUrl: "https://e21.kotaksecurities.com",
      feedUrl: "https://feed.kotaksecurities.com/apifeed",
      rtUrl: "https://rt.kotaksecurities.com/realtime",
      dataCenter: "E21",
    });
  });

  it("lose trailing slash, query and fragment", () => {
    const answer = {
      baseUrl: "https://e21.kotaksecurities.com/",
      feedUrl: "https://feed.kotaksecurities.com/apifeed/?x=1",
      rtUrl: "wss://rt.kotaksecurities.com/realtime#top",
    };
    expect(mint({ answer }).session.tokens).toMatchObject({
      baseUrl: "https://e21.kotaksecurities.com",
      feedUrl: "https://feed.kotaksecurities.com/apifeed",
      rtUrl: "https://rt.kotaksecurities.com/realtime",
    });
  });

  it("may be missing: the login host serves then, with a warning", () => {
    const missing = { baseUrl: undefined, feedUrl: undefined, rtUrl: undefined };
    const granted = mint({ answer: missing });
    expect(codes(granted)).toStrictEqual(["no_base_url"]);
    expect(granted.session.tokens).toMatchObject({ baseUrl: "https://mis.kotaksecurities.com", feedUrl: undefined });
    const named = mint({ answer: missing, options: { tradingBaseUrl: "https://e43.kotaksecurities.com" } });
    expect(codes(named)).toStrictEqual(["no_base_url"]);
    expect(named.session.tokens.baseUrl).toBe("https://e43.kotaksecurities.com");
  });

  it("give way to the trading host that the user named, checked all the same", () => {
    const options = { tradingBaseUrl: "https://proxy.example.com" };
    const granted = mint({ options });
    expect(granted.session.tokens.baseUrl).toBe("https://proxy.example.com");
    expect(granted.warnings).toStrictEqual([]);
    expect(() => mint({ answer: { baseUrl: "https://trading.example.net" }, options })).toThrow(protocolError);
  });

  it("are refused with a path, which requests would lose", () => {
    expect(() => mint({ answer: { baseUrl: "https://e21.kotaksecurities.com/gateway" } })).toThrow(protocolError);
  });

  it("stay on loopback in the sandbox", () => {
    const local = { baseUrl: "http://127.0.0.1:9001/", feedUrl: "http://127.0.0.1:9001/apifeed", rtUrl: undefined };
    const { session } = mint({ answer: local, input: sandboxAccount });
    expect(session.tokens).toMatchObject({
      baseUrl: "http://127.0.0.1:9001",
      feedUrl: "http://127.0.0.1:9001/apifeed",
      rtUrl: undefined,
    });
    expect(() => mint({ input: sandboxAccount })).toThrow(protocolError);
    expect(() => mint({ answer: local })).toThrow(protocolError);
  });

  const foreign = [
    "https://trading.example.net",
    "https://evilkotaksecurities.com",
    "https://e21.evilkotaksecurities.com",
    "https://kotaksecurities.com.example.net",
    "http://e21.kotaksecurities.com",
    "ftp://e21.kotaksecurities.com",
    "https://203.0.113.99",
    "https://[2001:db8::1]",
    "http://127.0.0.1:9001",
    "https://user@e21.kotaksecurities.com",
    "https://e21.kotaksecurities.com@trading.example.net",
    "https://e21.kotaksecurities.com:8443",
    "//e21.kotaksecurities.com",
    "e21.kotaksecurities.com",
    "javascript:alert(1)",
  ];
  it.each(foreign)("are refused outside the broker's domain: %s", (address) => {
    expect(() => mint({ answer: { baseUrl: address } })).toThrow(protocolError);
    expect(() => mint({ answer: { feedUrl: address } })).toThrow(protocolError);
    expect(() => mint({ answer: { rtUrl: address } })).toThrow(protocolError);
  });

  it("may be a host that the user trusts, and none below or beside it", () => {
    const options = { trustedHosts: ["trading.example.net"] };
    const answer = { baseUrl: "https://trading.example.net", feedUrl: "wss://trading.example.net/feed" };
    expect(mint({ answer, options }).session.tokens.baseUrl).toBe("https://trading.example.net");
    for (const baseUrl of [
      "https://below.trading.example.net",
      "https://example.net",
      "https://trading.example.net:8443",
      "http://trading.example.net",
    ])
      expect(() => mint({ answer: { baseUrl }, options })).toThrow(protocolError);
  });

  it("name the field in the error and never the address", async () => {
    const error = await refusalOf(() => mint({ answer: { feedUrl: "https://canary.example.net/canary" } }));
    expect(error.message).toContain("feedUrl");
    expect(String(error) + JSON.stringify(error)).not.toContain("canary");
  });
});

describe("a pinned address", () => {
  const policy: OriginPolicy = originPolicy(clientFor());

  it.each([
    ["https://E21.KotakSecurities.com", "https://e21.kotaksecurities.com"],
    ["https://kotaksecurities.com", "https://kotaksecurities.com"],
    ["https://e21.kotaksecurities.com:443/", "https://e21.kotaksecurities.com"],
    [" https://e21.kotaksecurities.com ", "https://e21.kotaksecurities.com"],
    ["wss://feed.kotaksecurities.com/apifeed", "https://feed.kotaksecurities.com/apifeed"],
  ])("of %s is %s", (address, pinned) => {
    expect(pinnedUrl(address, policy)).toBe(pinned);
  });

  it.each([["ws://feed.kotaksecurities.com/apifeed"], ["https://e21.kotaksecurities.com./"]])(
    "there is none of %s",
    (address) => {
      expect(pinnedUrl(address, policy)).toBeUndefined();
    },
  );
});
