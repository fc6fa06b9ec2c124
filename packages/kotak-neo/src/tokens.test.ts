import { describe, expect, it } from "vitest";
import { inspect } from "node:util";
import { sessionWith } from "./testing/scripted-broker.ts";
import { tradeSid, tradeToken } from "./testing/answers.ts";
import { tokens } from "./tokens.ts";

const stored = {
  token: tradeToken,
  sid: tradeSid,
  baseUrl: "https://e21.kotaksecurities.com",
  feedUrl: "https://feed.kotaksecurities.com/apifeed",
  rtUrl: "https://rt.kotaksecurities.com/realtime",
  dataCenter: "E21",
  ucc: "XY42Z",
};

describe("stored tokens", () => {
  it("are plain texts in version 1", () => {
    expect(tokens.version).toBe(1);
    expect(tokens.encode(sessionWith().tokens)).toStrictEqual(stored);
  });

  it("come back as they were, secrets wrapped", () => {
    const back = tokens.decode(JSON.parse(JSON.stringify(tokens.encode(sessionWith().tokens))), tokens.version);
    expect(tokens.encode(back)).toStrictEqual(stored);
    expect(back.ucc.reveal()).toBe("XY42Z");
    const shown = inspect(back) + JSON.stringify(back);
    for (const hidden of [tradeToken, tradeSid, "XY42Z"]) expect(shown).not.toContain(hidden);
  });

  it("survive without the addresses that an answer may leave out", () => {
    const bare = sessionWith({ feedUrl: undefined, rtUrl: undefined, dataCenter: undefined }).tokens;
    const { feedUrl: _feed, rtUrl: _rt, dataCenter: _center, ...kept } = stored;
    expect(tokens.encode(bare)).toStrictEqual(kept);
    const back = tokens.decode(kept, tokens.version);
    expect([back.feedUrl, back.rtUrl, back.dataCenter]).toStrictEqual([undefined, undefined, undefined]);
  });

  it("come from a newer version with fields of its own, which stay closed and are written again as they were", () => {
    const later = { ...stored, region: "canary-b", hosts: ["canary-c"], at: 7 };
    const decoded = tokens.decode(later, tokens.version);
    expect(inspect(decoded) + JSON.stringify(decoded)).not.toContain("canary");
    expect(tokens.encode(decoded)).toStrictEqual(later);
    expect(tokens.encode({ ...decoded, dataCenter: "E22" })).toStrictEqual({ ...later, dataCenter: "E22" });
  });

  it("have no room for a prototype", () => {
    const bent: unknown = JSON.parse(`{"__proto__":{"dataCenter":"canary"},${JSON.stringify(stored).slice(1)}`);
    const decoded = tokens.decode(bent, tokens.version);
    expect(decoded.dataCenter).toBe("E21");
    expect(Object.getPrototypeOf(tokens.encode(decoded))).toBe(Object.prototype);
  });

  it.each([0, 2, 1.5])("are not read in a version that never was: %d", (version) => {
    expect(() => tokens.decode(stored, version)).toThrow("no stored form of Kotak Neo's tokens");
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["another shape", { accessToken: "x" }],
    ["no sid", { ...stored, sid: undefined }],
    ["a number as token", { ...stored, token: 1 }],
    ["a token that no header can hold", { ...stored, token: "a\nb" }],
    ["an address that is none", { ...stored, baseUrl: "e21" }],
    ["a feed address that is none", { ...stored, feedUrl: null }],
    ["an order feed address that is none", { ...stored, rtUrl: "rt" }],
    ["a number as data centre", { ...stored, dataCenter: 21 }],
    ["no client code", { ...stored, ucc: undefined }],
    ["null", null],
  ])("are refused with %s", (_, json) => {
    expect(() => tokens.decode(json, tokens.version)).toThrow(/^this is no stored form of Kotak Neo's tokens$/);
  });
});
