import { describe, expect, it } from "vitest";
import { carriesToken, isReport, readClientIp, readLoginGrant } from "./responses.ts";
import {
  clientIpAnswer,
  emptyReport,
  noData,
  originalAnswer,
  tradeAnswer,
  tradeSid,
  tradeToken,
  viewAnswer,
  viewSid,
  viewToken,
} from "./testing/answers.ts";

describe("login answers", () => {
  it("are read as documented after call 1", () => {
    expect(readLoginGrant(viewAnswer().json)).toEqual({
      token: viewToken,
      sid: viewSid,
      kType: "View",
      ucc: "XY42Z",
      baseUrl: undefined,
      feedUrl: undefined,
      rtUrl: undefined,
      dataCenter: "E21",
      warnings: [],
    });
  });

  it("are read as documented after call 2", () => {
    expect(readLoginGrant(tradeAnswer().json)).toEqual({
      token: tradeToken,
      sid: tradeSid,
      kType: "Trade",
      ucc: "XY42Z",
      baseUrl: "https://e21.kotaksecurities.com",
      feedUrl: "https://feed.kotaksecurities.com/apifeed",
      rtUrl: "https://rt.kotaksecurities.com/realtime",
      dataCenter: "E21",
      warnings: [],
    });
  });

  it("are read as the original document has them, without kType and addresses", () => {
    const grant = readLoginGrant(originalAnswer(tradeToken, tradeSid).json);
    expect(grant).toMatchObject({ token: tradeToken, sid: tradeSid, warnings: [] });
    expect([grant?.kType, grant?.baseUrl]).toEqual([undefined, undefined]);
  });

  it("need nothing but token and sid", () => {
    expect(readLoginGrant({ data: { token: "t", sid: "s" } })).toEqual({ token: "t", sid: "s", warnings: [] });
  });

  it("may leave every other field null, empty or of a new form", () => {
    const empty = { kType: null, baseUrl: "", feedUrl: null, rtUrl: " ", dataCenter: 21, dormancyStatus: null };
    const odd = { isUserPwdExpired: "no", isTrialAccount: 0, derivativesRiskDisclosure: { text: 1 } };
    expect(readLoginGrant(tradeAnswer({ ...empty, ...odd }).json)).toEqual({
      token: tradeToken,
      sid: tradeSid,
      ucc: "XY42Z",
      warnings: [],
    });
  });

  it.each(["246810", "9000000001", "ABC12", "XY42Z", "E", "e21", "CIS", "E210", "E21 "])(
    "name a data centre only where it looks like one: %j",
    (dataCenter) => {
      const isOne = ["E", "e21", "CIS"].includes(dataCenter);
      expect(readLoginGrant(tradeAnswer({ dataCenter }).json)?.dataCenter).toBe(isOne ? dataCenter : undefined);
    },
  );

  it("tell about the account", () => {
    const changes = { isUserPwdExpired: true, dormancyStatus: "D", isTrialAccount: true };
    expect(readLoginGrant(viewAnswer(changes).json)).toMatchObject({
      warnings: ["password_expired", "dormant", "trial_account"],
    });
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a list", []],
    ["no data", {}],
    ["data as a list", { data: [{ token: "t", sid: "s" }] }],
    ["no token", viewAnswer({ token: undefined }).json],
    ["an empty token", viewAnswer({ token: "" }).json],
    ["a null token", viewAnswer({ token: null }).json],
    ["a number as token", viewAnswer({ token: 1_234_567 }).json],
    ["no sid", viewAnswer({ sid: undefined }).json],
    ["a number as sid", viewAnswer({ sid: 7 }).json],
    ["a token that no header can hold", viewAnswer({ token: "line\nbreak" }).json],
    ["a token longer than servers take", viewAnswer({ token: "t".repeat(8193) }).json],
    ["an address that is a number", tradeAnswer({ baseUrl: 1 }).json],
    ["an unknown status", viewAnswer({ status: "pending" }).json],
    ["token and sid under __proto__", JSON.parse('{"data":{"__proto__":{"token":"t","sid":"s"}}}')],
    ["data under __proto__", JSON.parse('{"__proto__":{"data":{"token":"t","sid":"s"}}}')],
    ["token and sid under constructor", { data: { constructor: { token: "t", sid: "s" } } }],
  ])("are not a success with %s", (_, json) => {
    expect(readLoginGrant(json)).toBeUndefined();
  });
});

describe("answers after the login", () => {
  it("show the address that the broker sees", () => {
    expect(readClientIp(clientIpAnswer.json)).toBe("203.0.113.10");
    expect(readClientIp({ data: [{ ip: "2001:db8::1" }] })).toBe("2001:db8::1");
  });

  it.each([
    [undefined],
    [{}],
    [{ data: [] }],
    [{ data: [{ ip: 1 }] }],
    [{ data: [{ ip: "<script>" }] }],
    [{ data: [{ ip: "246810" }] }],
    [{ data: [{ ip: "9000000001" }] }],
  ])("show no address in %j", (json) => {
    expect(readClientIp(json)).toBeUndefined();
  });

  it("are a report only when they say so", () => {
    expect(isReport(emptyReport.json)).toBe(true);
    expect(isReport(noData.json)).toBe(false);
    expect(isReport({ data: [] })).toBe(false);
    expect(isReport(undefined)).toBe(false);
  });
});

it("sees a token where a login call has it, whatever else the answer says", () => {
  expect(carriesToken({ status: "error", data: { token: "t" } })).toBe(true);
  for (const json of [undefined, [], {}, { token: "t" }, { data: { token: "" } }, { data: { token: 1 } }, { data: [] }])
    expect(carriesToken(json)).toBe(false);
});
