import { randomBytes } from "node:crypto";
import { BrokerAuthError, isBrokerAuthError } from "@x/core";
import { type KeySource, parseKeys, type StoreKey } from "./store-key.ts";
import { withinTime } from "./time-limit.ts";

// The system may ask a person to unlock the keychain first. A service that hangs must not hang the program.
const patienceMs = 120_000;

export interface KeychainOptions {
  /** Default `broker-auth`. */
  readonly service?: string;
  /** Default `store-key`. Stores that are to have keys of their own need different names here. */
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

  async function keys(): Promise<readonly StoreKey[]> {
    const text = await reached(async () => (await entry()).getPassword(), `${where} cannot be read`);
    return text === null ? [] : parseKeys(text, where);
  }

  return {
    place: where,
    keys,
    async create() {
      const text = randomBytes(32).toString("base64");
      await reached(async () => (await entry()).setPassword(text), `${where} cannot be written`);
      // A keychain cannot be asked to keep what is there: what another store's process wrote meanwhile counts, not what we wished.
      const [kept] = await keys();
      if (kept === undefined)
        throw new BrokerAuthError("store_key_locked", `${where} was written and cannot be found again`);
      return kept;
    },
  };
}

// The library tells an absent entry (null) from a keychain that refuses: only the second one rejects.
async function reached<Result>(work: () => Promise<Result>, message: string): Promise<Result> {
  try {
    return await withinTime(work, patienceMs, () => new Error("no answer"));
  } catch (cause) {
    if (isBrokerAuthError(cause)) throw cause;
    throw new BrokerAuthError("store_key_locked", `${message}: it is locked, or its service is away`, { cause });
  }
}
