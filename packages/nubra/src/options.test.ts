import { describe, expect, it } from "vitest";
import { parseOptions } from "./options.ts";
import { nubra } from "./provider.ts";
import { refused } from "./testing/scripted-broker.ts";

describe("options", () => {
  it("are the reference's defaults when nothing is given", () => {
    expect(parseOptions({})).toEqual({
      otpStart: "auto",
      totpWire: "integer",
      totpIdentifier: "phone",
      extraHeaders: {},
    });
  });

  it("take every documented value", () => {
    const given = {
      otpStart: "two-call",
      totpWire: "string",
      totpIdentifier: "email",
      timeoutMs: 600_000,
      maxBodyBytes: 1024,
    } as const;
    expect(parseOptions({ ...given, extraHeaders: { "X-App-Version": "0.4.5" } })).toEqual({
      ...given,
      extraHeaders: { "x-app-version": "0.4.5" },
    });
  });

  it.each([
    ["otpStart", { otpStart: "canary" }],
    ["totpWire", { totpWire: "canary" }],
    ["totpIdentifier", { totpIdentifier: "canary" }],
    ["extraHeaders", { extraHeaders: "canary" }],
    ["extraHeaders", { extraHeaders: { "x-canary": "one\r\nx-canary: two" } }],
    ["extraHeaders", { extraHeaders: { "bad name": "canary" } }],
    ["extraHeaders", { extraHeaders: { Authorization: "canary" } }],
    ["extraHeaders", { extraHeaders: { "X-Device-Id": "canary" } }],
    ["extraHeaders", { extraHeaders: { "x-temp-token": "canary" } }],
    ["extraHeaders", { extraHeaders: { "content-type": "canary" } }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["timeoutMs", { timeoutMs: 1.5 }],
    ["timeoutMs", { timeoutMs: 600_001 }],
    ["maxBodyBytes", { maxBodyBytes: 1023 }],
    ["maxBodyBytes", { maxBodyBytes: 16_777_217 }],
    ["otpstart", { otpstart: "canary" }],
    ["constructor", { constructor: true }],
    ["options", { "a canary as a name": true }],
    ["options", null],
    ["options", []],
    ["options", new Map()],
    ["options", new Date(0)],
    ["options", Object.create({ otpStart: "canary" })],
    ["extraHeaders", { extraHeaders: new Map([["x-app-version", "canary"]]) }],
  ])("refuse a wrong %s by its name and without its value", async (field, options) => {
    const error = await refused(() => nubra(options as never));
    expect(error).toMatchObject({ code: "configuration", field, broker: "nubra" });
    expect(error.message.startsWith(`${field}: `)).toBe(true);
    expect(JSON.stringify(error)).not.toContain("canary");
  });

  it("are listed for one that is unknown", async () => {
    const { message } = await refused(() => nubra({ otpstart: "auto" } as never));
    expect(message).toBe(
      "otpstart: is not an option; there are { otpStart, totpWire, totpIdentifier, extraHeaders, timeoutMs, maxBodyBytes }",
    );
  });

  it.each([
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Expect",
    "Host",
    "Keep-Alive",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
  ])("refuse the extra header %s, which belongs to the connection", async (name) => {
    const error = await refused(() => nubra({ extraHeaders: { [name]: "canary" } }));
    expect(error).toMatchObject({ code: "configuration", field: "extraHeaders" });
    expect(error.message).toContain(name.toLowerCase());
  });

  it("stay as they were when the caller changes the object later", () => {
    const extraHeaders: Record<string, string> = { "x-app-version": "0.4.5" };
    const settings = parseOptions({ extraHeaders });
    extraHeaders["x-app-version"] = "9";
    expect(settings.extraHeaders).toEqual({ "x-app-version": "0.4.5" });
    expect(Object.isFrozen(settings.extraHeaders)).toBe(true);
  });
});
