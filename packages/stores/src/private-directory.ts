import { chmodSync, closeSync, fchmodSync, lstatSync, mkdirSync, openSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, posix, resolve, win32 } from "node:path";
import { BrokerAuthError, isBrokerAuthError } from "@x/core";

/**
 * Where the platform keeps a program's state: `$XDG_STATE_HOME` or `~/.local/state`, `~/Library/Application Support` or `%LOCALAPPDATA%`, below it
 * `broker-auth`. A variable that is empty or holds no absolute path counts as not set: a store must not depend on the working directory.
 */
export function defaultDirectory(
  platform: NodeJS.Platform = process.platform,
  env: Readonly<Record<string, string | undefined>> = process.env,
  home: string = homedir(),
): string {
  const path = platform === "win32" ? win32 : posix;
  const set = (name: string): string | undefined => (path.isAbsolute(env[name] ?? "") ? env[name] : undefined);
  if (platform === "win32") return path.join(set("LOCALAPPDATA") ?? path.join(home, "AppData", "Local"), "broker-auth");
  if (platform === "darwin") return path.join(home, "Library", "Application Support", "broker-auth");
  return path.join(set("XDG_STATE_HOME") ?? path.join(home, ".local", "state"), "broker-auth");
}

/**
 * Makes sure that a directory is there and that nobody else may enter it: 0700 whatever the umask, and tightened when it was loose.
 * @throws BrokerAuthError `store_unavailable` for a link, a foreign owner, or a place that cannot be written
 */
export function openPrivateDirectory(given: string): void {
  // Without a slash at the end, which would make lstat look through a link.
  const path = resolve(given);
  guarded(`the directory ${path}`, () => {
    makeDirectories(path);
    const stat = lstatSync(path);
    if (!stat.isDirectory()) throw unusable(`${path} is a link or a file, not a directory of ours`);
    requireOwner(path, stat.uid);
    if (isLoose(stat.mode)) chmodSync(path, 0o700);
  });
}

/** Makes the directories that are not there yet, for their owner only; the others are left as they are. @throws BrokerAuthError `store_unavailable` */
export function makePrivateDirectories(given: string): void {
  const path = resolve(given);
  guarded(`the directory ${path}`, () => makeDirectories(path));
}

/**
 * Makes sure that a file is there and that only its owner may read it: 0600 whatever the umask. Nothing is written into it.
 * @throws BrokerAuthError `store_unavailable` as for directories
 */
export function openPrivateFile(path: string): void {
  guarded(`the file ${path}`, () => {
    if (!isPrivateFile(path)) createPrivateFile(path);
  });
}

/** The same for a file that may be absent and that something else makes, such as SQLite beside its database. */
export function tightenPrivateFile(path: string): void {
  guarded(`the file ${path}`, () => void isPrivateFile(path));
}

function isPrivateFile(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  // A planted link must not turn our write into somebody else's file.
  if (!stat.isFile() || stat.nlink > 1)
    throw unusable(`${path} is a link or something else that is not a file of ours`);
  requireOwner(path, stat.uid);
  if (!isLoose(stat.mode)) return true;
  try {
    chmodSync(path, 0o600);
  } catch (error) {
    // SQLite takes its files away when the last connection of another process closes.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return false;
  }
  return true;
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

// One by one: under a umask that takes away the owner's own rights nothing could be made in a directory before it got them back.
function makeDirectories(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectories(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    throw error;
  }
  if (process.platform !== "win32") chmodSync(path, 0o700);
}

// One that its owner has made read-only stays so. No rights at all are the umask of a process that is just making it.
function isLoose(mode: number): boolean {
  return process.platform !== "win32" && ((mode & 0o077) !== 0 || (mode & 0o700) === 0);
}

function requireOwner(path: string, uid: number): void {
  // What we make belongs to the effective user.
  if (process.geteuid !== undefined && uid !== process.geteuid()) throw unusable(`${path} belongs to another user`);
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
