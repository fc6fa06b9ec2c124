import { createSecretKey, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { open, readHead, seal } from "./envelope.ts";
import { storeKey } from "./store-key.ts";

const seed = 20_310_303;
const sealing = storeKey(Buffer.alloc(32, 7), "the test");
const parts = fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 8 });

describe("an envelope", () => {
  test("gives back every text to whoever has the key and the binding", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), parts, (plain, bound) => {
        const sealed = seal(plain, sealing, bound);
        expect(readHead(sealed)).toEqual({ version: 1, keyId: sealing.id });
        expect(Buffer.from(open(sealed, sealing, bound) ?? "nothing")).toEqual(Buffer.from(plain));
      }),
      { seed },
    );
  });

  test("holds nothing of the text, and no two are equal", () => {
    const text = "a session token that nobody may read";
    const [first, second] = [seal(Buffer.from(text), sealing, []), seal(Buffer.from(text), sealing, [])];
    expect(Buffer.from(first).includes("token")).toBe(false);
    expect(Buffer.from(first).equals(second)).toBe(false);
  });

  test("does not open when any bit of any byte is flipped", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 40 }), fc.integer({ min: 0, max: 7 }), (plain, bit) => {
        const sealed = seal(plain, sealing, ["record", 1]);
        for (let at = 0; at < sealed.byteLength; at++) {
          const altered = Uint8Array.from(sealed);
          altered[at] = (altered[at] ?? 0) ^ (1 << bit);
          expect(open(altered, sealing, ["record", 1]), `byte ${at}`).toBeUndefined();
        }
      }),
      { seed, numRuns: 30 },
    );
  });

  test("does not open when anything is cut off or put on", () => {
    const sealed = seal(Buffer.from("text"), sealing, ["record"]);
    for (let length = 0; length < sealed.byteLength; length++) {
      expect(open(sealed.subarray(0, length), sealing, ["record"]), `${length} bytes`).toBeUndefined();
      expect(
        open(sealed.subarray(sealed.byteLength - length), sealing, ["record"]),
        `last ${length} bytes`,
      ).toBeUndefined();
    }
    expect(open(Buffer.concat([sealed, Buffer.alloc(1)]), sealing, ["record"])).toBeUndefined();
    expect(readHead(sealed.subarray(0, 2 + 16 + 12 + 15))).toBeUndefined();
  });

  test("does not open for another binding, wherever the parts are divided", () => {
    fc.assert(
      fc.property(parts, parts, (bound, other) => {
        fc.pre(JSON.stringify(bound) !== JSON.stringify(other));
        expect(open(seal(Buffer.from("text"), sealing, bound), sealing, other)).toBeUndefined();
      }),
      { seed },
    );
    const sealed = seal(Buffer.from("text"), sealing, ["ab", "c"]);
    for (const other of [["a", "bc"], ["abc"], ["ab", "c", ""], ["ab"], []])
      expect(open(sealed, sealing, other)).toBeUndefined();
    expect(open(seal(Buffer.from("text"), sealing, [1]), sealing, ["1"])).toBeUndefined();
  });

  test("does not open with another key, even one that goes by the same name", () => {
    const sealed = seal(Buffer.from("text"), sealing, []);
    expect(open(sealed, { id: sealing.id, key: createSecretKey(randomBytes(32)) }, [])).toBeUndefined();
  });
});
