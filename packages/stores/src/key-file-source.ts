import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { BrokerAuthError, isBrokerAuthError } from "@x/core";
import { makePrivateDirectories } from "./private-directory.ts";
import { type KeySource, parseKeys, type StoreKey, storeKey } from "./store-key.ts";

/**
 * A key in a file of its own: 32 bytes in base64, one key in each line, newest first. The file is made (0600) when it is not there and the store is
 * empty. Keep it away from the store's backups: together they are as good as no encryption.
 *
 * To change the key, put a new line above the old one. Records are sealed with the new key as they are written; drop the old line when none is left.
 */
export function keyFile(path: string): KeySource {
  // The working directory may change before the first use.
  const file = resolve(path);
  return {
    keys: async () => readKeyFile(file) ?? [],
    async create() {
      makePrivateDirectories(dirname(file));
      const key = randomBytes(32);
      if (writeKeyFile(file, `${key.toString("base64")}\n`)) return storeKey(key, file);
      // Another store's process made it meanwhile.
      const [found] = readKeyFile(file) ?? [];
      if (found === undefined) throw unwritable(file, "EEXIST");
      return found;
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

function readKeyFile(path: string): readonly StoreKey[] | undefined {
  try {
    // The file that a link leads to counts: secrets are often mounted as links.
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    if (process.platform !== "win32" && (stat.mode & 0o077) !== 0) {
      throw new BrokerAuthError(
        "store_key_locked",
        `the key file ${path} can be read by other users; nothing was done with it`,
        {
          action: "Take the rights away with chmod 600, and consider the key known to others.",
        },
      );
    }
    return parseKeys(readFileSync(path, "utf8"), `the key file ${path}`);
  } catch (cause) {
    if (isBrokerAuthError(cause)) throw cause;
    throw new BrokerAuthError("store_key_locked", `the key file ${path} cannot be read (${codeOf(cause)})`, { cause });
  }
}

/** False where there is a file already: it is never overwritten. The file appears whole or not at all, and is on the disk when this returns. */
function writeKeyFile(path: string, text: string): boolean {
  const draft = `${path}.${randomBytes(6).toString("hex")}.new`;
  try {
    const file = openSync(draft, "wx", 0o600);
    try {
      try {
        fchmodSync(file, 0o600);
        writeFileSync(file, text);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      return putInPlace(draft, path);
    } finally {
      discard(draft);
    }
  } catch (cause) {
    throw unwritable(path, codeOf(cause), cause);
  }
}

function putInPlace(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    // Some file systems have no hard links: there the store's lock has to be enough.
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) return false;
    renameSync(draft, path);
  }
  if (process.platform !== "win32") {
    // What is sealed with the key must not outlive it.
    const directory = openSync(dirname(path), "r");
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }
  return true;
}

function discard(draft: string): void {
  try {
    unlinkSync(draft);
  } catch {
    // It became the file itself, or what was wrong with it is told by the first error.
  }
}

function unwritable(path: string, reason: string, cause?: unknown): BrokerAuthError {
  return new BrokerAuthError("store_unavailable", `the key file ${path} cannot be made (${reason})`, { cause });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unknown reason";
}
