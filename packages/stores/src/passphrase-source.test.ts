import { scryptSync } from "node:crypto";
import { memoryStore, Secret } from "@x/core";
import { describe, expect, test } from "vitest";
import { encrypted } from "./encrypted-store.ts";
import { passphrase } from "./passphrase-source.ts";
import { storeKey } from "./store-key.ts";
import { codeOf, key, record, textIn } from "./testing/sample.ts";

const phrase = "correct horse battery staple";
const salt = Buffer.alloc(16, 5);

// Each key costs half a second of a processor that may have other things to do.
describe("a passphrase", { timeout: 30_000 }, () => {
  test("becomes a key by scrypt with the store's salt, 128 MiB for each guess", async () => {
    const [derived] = await passphrase(phrase).keys(salt);
    const expected = scryptSync(phrase, salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 });
    expect(derived?.id).toBe(storeKey(expected, "the test").id);
    expect((await passphrase(phrase).keys(Buffer.alloc(16, 6)))[0]?.id).not.toBe(derived?.id);
  });

  test("is the same however its letters are composed, and may be a Secret", async () => {
    const [composed, decomposed] = [
      await passphrase("caf\u00e9 au lait").keys(salt),
      await passphrase(new Secret("cafe\u0301 au lait")).keys(salt),
    ];
    expect(composed[0]?.id).toBe(decomposed[0]?.id);
  });

  test("that is wrong is store_key_wrong, and a person may try again", async () => {
    const below = memoryStore();
    await encrypted(below, passphrase(phrase)).swap(key(1), 0, record(1, "text"));
    const answers = ["correct horse battery stable", phrase, "never asked for"];
    let asked = 0;
    const store = encrypted(
      below,
      passphrase(() => answers[asked++] ?? ""),
    );
    expect(await codeOf(store.read(key(1)))).toBe("store_key_wrong");
    expect(await textIn(store, 1)).toBe("text");
    expect(await textIn(store, 1)).toBe("text");
    expect(asked).toBe(2);
  });

  test("can be changed while both are given", async () => {
    const below = memoryStore();
    await encrypted(below, passphrase(phrase)).swap(key(1), 0, record(1, "text"));
    const both = encrypted(below, passphrase(["another phrase altogether", phrase]));
    await both.swap(key(1), 1, record(2, "sealed with the new one"));
    expect(await textIn(encrypted(below, passphrase("another phrase altogether")), 1)).toBe("sealed with the new one");
  });

  test("that is short is refused, and an empty one is missing", async () => {
    expect(await codeOf(passphrase("seven 7").keys(salt))).toBe("configuration");
    expect(await codeOf(passphrase("").keys(salt))).toBe("store_key_missing");
    expect(await codeOf(encrypted(memoryStore(), passphrase([])).read(key(1)))).toBe("store_key_missing");
  });
});
