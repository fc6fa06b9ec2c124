import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { dirname } from "node:path";
import { BrokerAuthError, isBrokerAuthError } from "@x/core";
import { fs } from "./file-system.ts";
import { makePrivateDirectories, resolvePath } from "./private-directory.ts";
import { type KeySource, parseKeys, type StoreKey, storeKey } from "./store-key.ts";

const {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} = fs;

// Room for hundreds of keys.
const maxBytes = 65_536;

/**
 * A key in a file of its own: 32 bytes in base64, one key in each line, newest first. The file is made (0600) when it is not there and the store is
 * empty. Keep it away from the store's backups: together they are as good as no encryption. Only its owner may be able to read it, or, as containers
 * mount secrets, a group where it belongs to root and this program cannot change it. A relative path is resolved here, once.
 *
 * To change the key, put a new line above the old one. Records are sealed with the new key as they are written; drop the old line when none is left.
 */
export function keyFile(path: string): KeySource {
  // The working directory may change before the first use.
  const file = resolvePath(path, "key");
  return {
    place: file,
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
    place: `the environment variable ${name}`,
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
  let file: number | undefined;
  try {
    // The file that a link leads to counts: secrets are often mounted as links. Without O_NONBLOCK a pipe would wait for its writer.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = fstatSync(file);
    if (!stat.isFile()) throw locked(`the key file ${path} is not a regular file`, "Give the path of a file.");
    requirePrivate(path, stat);
    const bytes = Buffer.alloc(maxBytes + 1);
    const length = readSync(file, bytes);
    if (length > maxBytes) throw locked(`the key file ${path} is larger than 64 KiB`, "Give the path of a key file.");
    return parseKeys(bytes.toString("utf8", 0, length), `the key file ${path}`);
  } catch (cause) {
    if (isBrokerAuthError(cause)) throw cause;
    if (codeOf(cause) === "ENOENT") return undefined;
    throw new BrokerAuthError("store_key_locked", `the key file ${path} cannot be read (${codeOf(cause)})`, {
      cause,
      action: "Make it readable for the user of this program, and for nobody else.",
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

// Container runtimes mount secrets as root's, readable for a group that the program is in. Such a file cannot be changed by the program, and a
// chmod not be made by its user; who else is in the group is the choice of whoever mounted it.
function requirePrivate(path: string, { mode, uid }: Stats): void {
  if (process.platform === "win32" || (mode & 0o077) === 0) return;
  const mounted = uid === 0 && (mode & 0o077) === 0o040 && (process.geteuid?.() !== 0 || (mode & 0o200) === 0);
  if (mounted) return;
  const shown = (mode & 0o777).toString(8).padStart(4, "0");
  const action =
    process.geteuid?.() === 0 || process.geteuid?.() === uid
      ? `Run: chmod 600 ${path}. Others may know the key by now: consider a new one.`
      : "Have it mounted with mode 0400 and this program's user as its owner, or with mode 0440, owner root and a group of this program's own.";
  throw locked(
    `the key file ${path} can be read or changed by other users (mode ${shown}); nothing was done with it`,
    action,
  );
}

function locked(message: string, action: string): BrokerAuthError {
  return new BrokerAuthError("store_key_locked", message, { action });
}

/** False where there is a file already: it is never overwritten. The file appears whole or not at all, and is on the disk when this returns. */
function writeKeyFile(path: string, text: string): boolean {
  const draft = `${path}.${randomBytes(6).toString("hex")}.new`;
  try {
    const file = openSync(draft, "wx", 0o600);
    try {
      try {
        // A umask may have taken the owner's own rights.
        if ((fstatSync(file).mode & 0o777) !== 0o600) chmodSync(draft, 0o600);
        writeFileSync(file, text);
        flush(file);
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
      flush(directory);
    } finally {
      closeSync(directory);
    }
  }
  return true;
}

// `node --permission` has no fsync. The file is whole all the same; only a power cut right after it was made could take it.
function flush(file: number): void {
  try {
    fsyncSync(file);
  } catch (error) {
    if (codeOf(error) !== "ERR_ACCESS_DENIED") throw error;
  }
}

function discard(draft: string): void {
  try {
    unlinkSync(draft);
  } catch {
    // It became the file itself, or what was wrong with it is told by the first error.
  }
}

function unwritable(path: string, reason: string, cause?: unknown): BrokerAuthError {
  return new BrokerAuthError("store_unavailable", `the key file ${path} cannot be made (${reason})`, {
    cause,
    action: "Make its directory writable for the user of this program, or give the key file another path.",
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unknown reason";
}
