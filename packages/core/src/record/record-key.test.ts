import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AccountAddress, recordKey } from "./record-key.ts";

const seed = 20310303;
const address: AccountAddress = { broker: "nubra", environment: "production", identity: "+919876500001", site: "" };

describe("the name of a record", () => {
  // A fixed value: another one would orphan every stored session.
  it("is the same in every version and every program", async () => {
    const text = '["broker-auth/1","nubra","production","+919876500001",""]';
    const key = await recordKey(address);
    expect(key).toBe(createHash("sha256").update(text).digest("hex"));
    expect(key).toBe("3b12ecc543ca9db098f5320637b8056796675c46507a58c043f0d2df4fec79cd");
    expect(await recordKey({ ...address })).toBe(key);
  });

  it("is 64 hexadecimal digits, and holds nothing of the account", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          broker: fc.string(),
          environment: fc.string(),
          identity: fc.string({ unit: "binary" }),
          site: fc.string(),
        }),
        async (any) => {
          expect(await recordKey(any)).toMatch(/^[0-9a-f]{64}$/);
        },
      ),
      { seed },
    );
  });

  it("differs with each part of the address, wherever one part ends and the next begins", async () => {
    const part = fc.string({
      unit: fc.constantFrom("a", "|", '"', ",", "\\", "[", " ", "\ud800", "\ud801", "\u0000"),
      maxLength: 4,
    });
    const any = fc.record({ broker: part, environment: part, identity: part, site: part });
    const keys = new Map<string, string>();
    await fc.assert(
      fc.asyncProperty(any, async (one) => {
        const key = await recordKey(one);
        const parts = JSON.stringify([one.broker, one.environment, one.identity, one.site]);
        expect(keys.get(key) ?? parts).toBe(parts);
        keys.set(key, parts);
      }),
      { seed, numRuns: 2_000 },
    );
    expect(new Set(keys.values()).size).toBe(keys.size);
    expect(keys.size).toBeGreaterThan(1_000);
  });
});
