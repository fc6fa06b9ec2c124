import { memoryStore, type TokenStore } from "@x/core";
import { describe, expect, test } from "vitest";
import { encrypted } from "./encrypted-store.ts";
import { withOwnErrors } from "./foreign-failure.ts";
import { plaintextRule } from "./plaintext-rule.ts";
import { storeKey } from "./store-key.ts";

const key = { keys: async () => [storeKey(Buffer.alloc(32, 7), "the test")] };

describe("whether a store is of one host or of several", () => {
  test.each<[string, (below: TokenStore) => TokenStore]>([
    ["encrypts", (below) => encrypted(below, key)],
    ["refuses what is in clear", (below) => plaintextRule(below, {})],
    ["makes foreign errors its own", withOwnErrors],
  ])("is said on by a wrapper that %s: a foreign clock must not count", (_, wrapped) => {
    for (const scope of ["host", "network", undefined] as const)
      expect(wrapped({ ...memoryStore(), scope }).scope).toBe(scope);
  });
});
