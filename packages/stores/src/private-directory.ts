import { chmodSync, closeSync, fchmodSync, lstatSync, mkdirSync, openSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { BrokerAuthError, isBrokerAuthError } from "@x/core";

/** Where the platform keeps a program's state: `~/.local/state`, `~/Library/Application Support` or `%LOCALAPPDATA%`, below it `broker-auth`. */
export function defaultDirectory(
  platform: NodeJS.Platform = process.platform,
  env: Readonly<Record<string, string | undefined>> = process.env,
  home: string = homedir(),
): string {
  if (platform === "win32") return join(env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "broker-auth");
  if (platform === "darwin") return join(home, "Library", "Application Support", "broker-auth");
  return join(env["XDG_STATE_HOME"] ?? join(home, ".local", "state"), "broker-auth");
}

/**
 * Makes sure that a directory is there and that nobody else may enter it: 0700 whatever the umask, and tightened when it was loose.
 * @throws BrokerAuthError `store_unavailable` for a link, a foreign owner, or a place that cannot be written
 */
export function openPrivateDirectory(path: string): void {
  guarded(`the directory ${path}`, () => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const stat = lstatSync(path);
    if (!stat.isDirectory()) throw unusable(`${path} is a link or a file, not a directory of ours`);
    requireOwner(path, stat.uid);
    if (process.platform !== "win32" && (stat.mode & 0o777) !== 0o700) chmodSync(path, 0o700);
  });
}

/**
 * Makes sure that a file is there and that only its owner may read it: 0600 whatever the umask. Nothing is written into it.
 * @throws BrokerAuthError `store_unavailable` as for directories
 */
export function openPrivateFile(path: string): void {
  guarded(`the file ${path}`, () => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return createPrivateFile(path);
    // A planted link must not turn our write into somebody else's file.
    if (!stat.isFile() || stat.nlink > 1)
      throw unusable(`${path} is a link or something else that is not a file of ours`);
    requireOwner(path, stat.uid);
    if (process.platform !== "win32" && (stat.mode & 0o777) !== 0o600) chmodSync(path, 0o600);
    return undefined;
  });
}

// Only a file that was not there is opened and closed here: closing any descriptor of a file drops the locks that this process's SQLite
// connections hold on it (https://www.sqlite.org/howtocorrupt.html, section 2.2).
function createPrivateFile(path: string): void {
  try {
    const file = openSync(path, "wx", 0o600);
    try {
      fchmodSync(file, 0o600);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    openPrivateFile(path);
  }
}

function requireOwner(path: string, uid: number): void {
  if (process.getuid !== undefined && uid !== process.getuid()) throw unusable(`${path} belongs to another user`);
}

function guarded(what: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    if (isBrokerAuthError(cause)) throw cause;
    throw new BrokerAuthError(
      "store_unavailable",
      `${what} cannot be used (${(cause as NodeJS.ErrnoException).code ?? "unknown reason"})`,
      { cause },
    );
  }
}

function unusable(message: string): BrokerAuthError {
  return new BrokerAuthError("store_unavailable", message, {
    action: "Choose another directory for the store, or remove what stands there.",
  });
}
