import { randomBytes } from "node:crypto";
import { closeSync, fchmodSync, fsyncSync, lstatSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { BrokerAuthError } from "@x/core";
import { openPrivateDirectory } from "./private-directory.ts";
import { type KeySource, parseKeys, storeKey } from "./store-key.ts";

/**
 * A key in a file of its own: 32 bytes in base64, one key in each line, newest first. The file is made (0600) when it is not there and the store is
 * empty. Keep it away from the store's backups: together they are as good as no encryption.
 *
 * To change the key, put a new line above the old one. Records are sealed with the new key as they are written; drop the old line when none is left.
 */
export function keyFile(path: string): KeySource {
  return {
    async keys() {
      const text = readKeyFile(path);
      return text === undefined ? [] : parseKeys(text, `the key file ${path}`);
    },
    async create() {
      const key = randomBytes(32);
      openPrivateDirectory(dirname(path));
      writeKeyFile(path, `${key.toString("base64")}\n`);
      return storeKey(key, path);
    },
  };
}

/** A key in an environment variable: 32 bytes in base64; further keys, older ones, after commas. Never made by itself. */
export function environmentKey(
  name: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): KeySource {
  return {
    async keys() {
      const value = env[name];
      if (value === undefined || value.trim() === "") {
        throw new BrokerAuthError("store_key_missing", `the environment variable ${name} is not set`);
      }
      return parseKeys(value.replaceAll(",", "\n"), `the environment variable ${name}`);
    },
  };
}

function readKeyFile(path: string): string | undefined {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    if (process.platform !== "win32" && (stat.mode & 0o077) !== 0 && stat.isFile()) {
      throw new BrokerAuthError(
        "store_key_locked",
        `the key file ${path} can be read by other users; nothing was done with it`,
        {
          action: "Take the rights away with chmod 600, and consider the key known to others.",
        },
      );
    }
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof BrokerAuthError) throw cause;
    throw new BrokerAuthError(
      "store_key_locked",
      `the key file ${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? "unknown reason"})`,
      { cause },
    );
  }
}

function writeKeyFile(path: string, text: string): void {
  try {
    // Never over a key that somebody else made meanwhile.
    const file = openSync(path, "wx", 0o600);
    try {
      fchmodSync(file, 0o600);
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new BrokerAuthError(
      "store_unavailable",
      `the key file ${path} cannot be made (${(cause as NodeJS.ErrnoException).code ?? "unknown reason"})`,
      { cause },
    );
  }
}
