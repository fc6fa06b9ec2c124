import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { fingerprinter, randomText } from "./fingerprint.ts";
import type { Factor } from "../contract/provider-context.ts";
import { Secret } from "../contract/secret.ts";

const seed = 20310303;
const factors: readonly Factor[] = ["otp", "totp", "mpin", "sms"];

describe("a fingerprint", () => {
  it("equals an independent keyed hash, so that a stored one stays comparable", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1 }),
        fc.constantFrom(...factors),
        fc.string({ unit: "grapheme" }),
        async (key, factor, value) => {
          const hash = createHmac("sha256", key)
            .update(JSON.stringify([factor, value]))
            .digest()
            .subarray(0, 16);
          expect(await fingerprinter(key)(factor, new Secret(value))).toBe(hash.toString("base64url"));
        },
      ),
      { seed },
    );
  });

  it("is equal for equal factors of one account, and differs for all else", async () => {
    const [mine, others] = [fingerprinter("key-1"), fingerprinter("key-2")];
    const prints = await Promise.all([
      mine("mpin", new Secret("1234")),
      mine("mpin", new Secret("1235")),
      mine("otp", new Secret("1234")),
      mine("mpin", new Secret("")),
      others("mpin", new Secret("1234")),
    ]);
    expect(new Set(prints).size).toBe(prints.length);
    expect(await mine("mpin", new Secret("1234"))).toBe(prints[0]);
    expect(await fingerprinter("key-1")("mpin", new Secret("1234"))).toBe(prints[0]);
  });

  it("does not contain the factor", async () => {
    expect(await fingerprinter("key-1")("mpin", new Secret("1234"))).toMatch(/^[\w-]{22}$/);
  });
});

describe("an empty key", () => {
  it("is refused with the first factor, and is no unhandled rejection before it", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    onTestFinished(() => void process.off("unhandledRejection", note));
    const fingerprint = fingerprinter("");
    await new Promise((resolve) => setImmediate(resolve));
    for (let time = 0; time < 2; time++)
      await expect(fingerprint("mpin", new Secret("1234"))).rejects.toMatchObject({ name: "DataError" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  });
});

describe("random text", () => {
  it.each([
    [1, 2],
    [9, 12],
    [16, 22],
    [32, 43],
  ])("of %d bytes has %d characters that need no escaping anywhere", (bytes, length) => {
    for (let time = 0; time < 200; time++) {
      const text = randomText(bytes);
      expect(text).toMatch(/^[A-Za-z0-9_-]*$/);
      expect(text).toHaveLength(length);
      expect(Buffer.from(text, "base64url")).toHaveLength(bytes);
    }
  });

  it("does not repeat", () => {
    const texts = Array.from({ length: 1_000 }, () => randomText(9));
    expect(new Set(texts).size).toBe(texts.length);
  });
});
