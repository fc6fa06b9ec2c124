import { describe, expect, it } from "vitest";
import type { KotakNeoOptions } from "./options.ts";
import { parseOptions } from "./options.ts";

const parse = (options: unknown): unknown => parseOptions(options as KotakNeoOptions);

describe("adapter options", () => {
  it("have the current login paths, the common key and no further host as defaults", () => {
    expect(parseOptions({})).toEqual({
      api: "trade-api",
      neoFinKey: "neotradeapi",
      trustedHosts: [],
      tradingBaseUrl: undefined,
    });
  });

  it("add whole host names to the broker's own domain", () => {
    expect(
      parseOptions({ trustedHosts: ["Trading.Example.com", "xn--e1afmkfd.example.net"] }).trustedHosts,
    ).toStrictEqual(["trading.example.com", "xn--e1afmkfd.example.net"]);
  });

  it.each([
    ".co.in",
    ".example.com",
    ".com",
    "com",
    "*.example.com",
    "example.com:8443",
    "https://example.com",
    "127.0.0.1",
    "[::1]",
  ])("never trust more than one host by a name: %s", (host) => {
    expect(() => parse({ trustedHosts: [host] })).toThrow(
      'trustedHosts: must be a list of whole host names, such as ["trading.example.com"]',
    );
  });

  it("take a trading host as an origin, in quotes too", () => {
    expect(parseOptions({ tradingBaseUrl: '"https://e43.kotaksecurities.com"' }).tradingBaseUrl).toBe(
      "https://e43.kotaksecurities.com",
    );
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
    ["trustedHosts", { trustedHosts: "trading.example.com" }],
    ["trustedHosts", { trustedHosts: Object.assign(["trading.example.com"], { length: 2 }) }],
    ["trustedHosts", { trustedHosts: ["trading.example.com/path"] }],
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
      "apis: is not an option; there are { api, neoFinKey, trustedHosts, tradingBaseUrl, timeoutMs, maxBodyBytes }",
    );
  });
});
