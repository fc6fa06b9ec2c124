import { scrypt } from "node:crypto";
import { BrokerAuthError, isSecret, type Secret } from "@x/core";
import { type KeySource, type StoreKey, storeKey } from "./store-key.ts";

// 128 MiB and about half a second for each guess. Changing these needs a new version of the store's label.
const cost = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 2 ** 20 };
const shortest = 8;

/**
 * A key made from a passphrase by scrypt, with the store's own salt. A function is asked until its answer opens the store, then never again.
 * @param ask the passphrase, or a function that asks a person for it; several, newest first, while it is being changed
 */
export function passphrase(
  ask: string | Secret | (() => string | Secret | Promise<string | Secret>) | readonly (string | Secret)[],
): KeySource {
  return {
    interactive: typeof ask === "function",
    async keys(salt) {
      const given = typeof ask === "function" ? [await ask()] : Array.isArray(ask) ? ask : [ask];
      return Promise.all(
        given.map((phrase: string | Secret) => derive(isSecret(phrase) ? phrase.reveal() : phrase, salt)),
      );
    },
  };
}

async function derive(phrase: string, salt: Uint8Array): Promise<StoreKey> {
  if (phrase === "") throw new BrokerAuthError("store_key_missing", "the passphrase of the store is empty");
  if (phrase.length < shortest)
    throw new BrokerAuthError("configuration", `passphrase: must have at least ${shortest} characters`, {
      field: "passphrase",
    });
  const key = await new Promise<Buffer>((resolve, reject) => {
    // People type the same character in more than one form.
    scrypt(phrase.normalize("NFKC"), salt, 32, cost, (error, derived) =>
      error === null ? resolve(derived) : reject(error),
    );
  });
  return storeKey(key, "the passphrase");
}
