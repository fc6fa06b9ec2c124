import { describe, expect, it } from "vitest";
import { parseOptions } from "./options.ts";
import { refusalOf } from "./testing/test-environment.ts";

describe("options", () => {
  it("are the limits of a call, and nothing when nothing is given", () => {
    expect(parseOptions({})).toEqual({});
    expect(parseOptions({ timeoutMs: 600_000, maxBodyBytes: 1024 })).toEqual({
      timeoutMs: 600_000,
      maxBodyBytes: 1024,
    });
  });

  it.each<[string, object]>([
    ["timeoutMs", { timeoutMs: 0 }],
    ["maxBodyBytes", { maxBodyBytes: 10 }],
    ["retries", { retries: 1 }],
  ])("with a wrong %s are refused", async (field, options) => {
    const error = await refusalOf(() => parseOptions(options));
    expect(error).toMatchObject({ code: "configuration", field });
  });
});
