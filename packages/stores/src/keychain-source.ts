import { randomBytes } from "node:crypto";
import { BrokerAuthError } from "@x/core";
import { type KeySource, parseKeys, storeKey } from "./store-key.ts";

export interface KeychainOptions {
  /** Default `broker-auth`. */
  readonly service?: string;
  /** Default `store-key`. */
  readonly account?: string;
}

/**
 * A key in the operating system's keychain: Keychain on macOS, Credential Manager on Windows, Secret Service on Linux. Made there when the store is
 * empty. On Linux there is no falling back to the kernel's keyring, which forgets at restart: without a Secret Service it is `store_key_locked`.
 */
export function keychain(options: KeychainOptions = {}): KeySource {
  const { service = "broker-auth", account = "store-key" } = options;
  const where = `the keychain entry ${service}/${account}`;

  async function entry(): Promise<import("@napi-rs/keyring").AsyncEntry> {
    try {
      const { AsyncEntry } = await import("@napi-rs/keyring");
      return new AsyncEntry(service, account, { linux: { store: "secret-service" } });
    } catch (cause) {
      throw new BrokerAuthError("store_key_locked", "the operating system's keychain cannot be reached", {
        cause,
        action:
          "Start and unlock the keychain service of this session, or use keyFile() or passphrase() where there is none.",
      });
    }
  }

  return {
    async keys() {
      const text = await reached(async () => (await entry()).getPassword(), `${where} cannot be read`);
      return text === null ? [] : parseKeys(text, where);
    },
    async create() {
      const key = randomBytes(32);
      await reached(async () => (await entry()).setPassword(key.toString("base64")), `${where} cannot be written`);
      return storeKey(key, where);
    },
  };
}

// The library tells an absent entry (null) from a keychain that refuses: only the second one rejects.
async function reached<Result>(work: () => Promise<Result>, message: string): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof BrokerAuthError) throw cause;
    throw new BrokerAuthError("store_key_locked", `${message}: it is locked, or its service is away`, { cause });
  }
}
