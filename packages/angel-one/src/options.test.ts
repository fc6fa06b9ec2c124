import { describe, expect, it } from "vitest";
import { parseOptions } from "./options.ts";
import { refusalOf } from "./testing/scripted-broker.ts";

describe("options", () => {
  it("name addresses that are nobody's when nothing is given", () => {
    expect(parseOptions({})).toEqual({
      clientLocalIp: "127.0.0.1",
      clientPublicIp: "127.0.0.1",
      macAddress: "00:00:00:00:00:00",
    });
    const given = { clientLocalIp: "::1", clientPublicIp: "203.0.113.7", macAddress: "02:00:5e:00:53:07" };
    expect(parseOptions({ ...given, timeoutMs: 600_000 })).toEqual({ ...given, timeoutMs: 600_000 });
  });

  it.each<[string, object]>([
    ["timeoutMs", { timeoutMs: 0 }],
    ["maxBodyBytes", { maxBodyBytes: 10 }],
    ["clientLocalIp", { clientLocalIp: "" }],
    ["clientPublicIp", { clientPublicIp: "203.0.113.7\nx-privatekey: other" }],
    ["macAddress", { macAddress: 7 }],
    ["macAddress", { macAddress: "0".repeat(65) }],
    ["retries", { retries: 1 }],
  ])("with a wrong %s are refused", async (field, options) => {
    const error = await refusalOf(() => parseOptions(options));
    expect(error).toMatchObject({ code: "configuration", field });
  });
});
