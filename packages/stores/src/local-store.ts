import { BrokerAuthError, type TokenStore } from "@x/core";
import { encrypted } from "./encrypted-store.ts";
import { keyFile } from "./key-file-source.ts";
import { requireKnownOptions } from "./option-names.ts";
import { defaultKeyFile } from "./private-directory.ts";
import { sqliteStore } from "./sqlite-store.ts";
import { isKeySource, type KeySource } from "./store-key.ts";

export interface LocalStoreOptions {
  /**
   * Default: a file of its own (0600) in another folder of the user's home, made for an empty store. It protects copies and backups of the store,
   * and nothing from somebody who reads the home directory: `keychain()` does more.
   */
  readonly key?: KeySource | undefined;
  /** As for `sqliteStore()`. Default: the platform's place for state, the same wherever a program is started. */
  readonly directory?: string | undefined;
}

/**
 * The store for one machine that needs no further thought: sealed SQLite in the user's place for state, so that all programs of a user meet at one
 * record, from whatever folder they are started and however often.
 * @throws BrokerAuthError `configuration` for a wrong option, and for a user without a home: then give `directory` and `key`
 */
export function localStore(options: LocalStoreOptions = {}): TokenStore {
  requireKnownOptions(options, ["key", "directory"]);
  const { key, directory } = options;
  if (key !== undefined && !isKeySource(key)) throw keyless(key);
  return encrypted(sqliteStore({ directory }), key ?? keyFile(defaultKeyFile()));
}

function keyless(given: unknown): BrokerAuthError {
  const what = typeof given === "function" ? "is a function that was not called" : "is no key source";
  return new BrokerAuthError("configuration", `key: localStore() was given a key that ${what}`, {
    field: "key",
    action:
      'Write localStore({ key: keychain() }) or localStore({ key: keyFile("/absolute/path") }), or leave key out.',
  });
}
