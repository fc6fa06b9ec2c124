import { describe, expect, it } from "vitest";
import type { KotakNeoOptions } from "./options.ts";
import { parseOptions } from "./options.ts";

const parse = (options: unknown): unknown => parseOptions(options as KotakNeoOptions);

describe("adapter options", () => {
  it("have the current login paths, the common key and the broker's own domain as defaults", () => {
    expect(parseOptions({})).toStrictEqual({
      api: "trade-api",
      neoFinKey: "neotradeapi",
      trustedHosts: [".kotaksecurities.com"],
      tradingBaseUrl: undefined,
      timeoutMs: undefined,
      maxBodyBytes: undefined,
    });
  });

  it("add domains to the broker's own and never replace it", () => {
    expect(parseOptions({ trustedHosts: [".Example.com", ".deep.example.net"] }).trustedHosts).toStrictEqual([
      ".kotaksecurities.com",
      ".example.com",
      ".deep.example.net",
    ]);
  });

  it("take a trading host as an origin", () => {
    expect(parseOptions({ tradingBaseUrl: "https://e43.kotaksecurities.com/" }).tradingBaseUrl).toBe(
      "https://e43.kotaksecurities.com",
    );
    expect(parseOptions({ tradingBaseUrl: "http://127.0.0.1:4000" }).tradingBaseUrl).toBe("http://127.0.0.1:4000");
  });

  it.each<[string, unknown]>([
    ["api", { api: "v3" }],
    ["neoFinKey", { neoFinKey: "" }],
    ["neoFinKey", { neoFinKey: "two words" }],
    ["neoFinKey", { neoFinKey: "line\nbreak" }],
    ["trustedHosts", { trustedHosts: ".example.com" }],
    ["trustedHosts", { trustedHosts: ["example.com"] }],
    ["trustedHosts", { trustedHosts: [".com"] }],
    ["trustedHosts", { trustedHosts: Object.assign([".example.com"], { length: 2 }) }],
    ["trustedHosts", { trustedHosts: [".0.0.1"] }],
    ["trustedHosts", { trustedHosts: [".example.com/path"] }],
    ["tradingBaseUrl", { tradingBaseUrl: "e21.kotaksecurities.com" }],
    ["tradingBaseUrl", { tradingBaseUrl: "http://e21.kotaksecurities.com" }],
    ["tradingBaseUrl", { tradingBaseUrl: "https://e21.kotaksecurities.com/quick" }],
    ["tradingBaseUrl", { tradingBaseUrl: 8080 }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["timeoutMs", { timeoutMs: 600_001 }],
    ["timeoutMs", { timeoutMs: "10000" }],
    ["maxBodyBytes", { maxBodyBytes: 1023 }],
    ["maxBodyBytes", { maxBodyBytes: 0.5 }],
    ["loginBaseUrl", { loginBaseUrl: "https://mis.kotaksecurities.com" }],
    ["api", { api: null }],
    ["constructor", { constructor: true }],
    ["options", { "5a4db0c5 as a name": true }],
    ["options", null],
    ["options", []],
    ["options", new Map()],
    ["options", new Date(0)],
    ["options", Object.create({ api: "totp-v6" })],
  ])("refuse a wrong or unknown %s", (field, options) => {
    expect(() => parse(options)).toThrow(
      expect.objectContaining({ code: "configuration", broker: "kotak-neo", field }) as Error,
    );
  });

  it("lists the options that there are for one that is unknown", () => {
    expect(() => parse({ apis: "trade-api" })).toThrow(
      "apis: is not an option of kotakNeo(); there are api, neoFinKey, trustedHosts, tradingBaseUrl, timeoutMs, maxBodyBytes",
    );
  });
});
