import { dirname, isAbsolute, posix, resolve, win32 } from "node:path";
import { BrokerAuthError, isBrokerAuthError } from "@x/core";
import { fs } from "./file-system.ts";

const { chmodSync, closeSync, lstatSync, mkdirSync, openSync } = fs;

/**
 * Where the platform keeps a program's state: `$XDG_STATE_HOME` or `~/.local/state`, `~/Library/Application Support` or `%LOCALAPPDATA%`, below it
 * `broker-auth`. A variable that is empty or holds no absolute path counts as not set: a store must not depend on the working directory.
 * @throws BrokerAuthError `configuration` for a user without a home directory where no variable names the place
 */
export function defaultDirectory(
  platform: NodeJS.Platform = process.platform,
  env: Readonly<Record<string, string | undefined>> = process.env,
  home?: string,
): string {
  return inUserFolder("state", "broker-auth", platform, env, home);
}

/**
 * The place of a key file, in a folder apart from the store and on this machine only: `$XDG_DATA_HOME` or `~/.local/share` on Linux, elsewhere
 * beside the store's folder, because that is the platforms' one place for what does not roam.
 * @throws BrokerAuthError `configuration` as above
 */
export function defaultKeyFile(
  platform: NodeJS.Platform = process.platform,
  env: Readonly<Record<string, string | undefined>> = process.env,
  home?: string,
): string {
  const folder = inUserFolder("key", "broker-auth-keys", platform, env, home);
  return (platform === "win32" ? win32 : posix).join(folder, "store.key");
}

function inUserFolder(
  what: "state" | "key",
  name: string,
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  home: string | undefined,
): string {
  const path = platform === "win32" ? win32 : posix;
  const [variable, ...below] = placeOf(what, platform);
  const set = variable === undefined ? undefined : env[variable];
  if (set !== undefined && path.isAbsolute(set)) return path.join(set, name);
  return path.join(home ?? homeDirectory(what, variable), ...below, name);
}

// The variable that names the place, if there is one, and the place below the home directory.
function placeOf(what: "state" | "key", platform: NodeJS.Platform): readonly [string | undefined, ...string[]] {
  if (platform === "win32") return ["LOCALAPPDATA", "AppData", "Local"];
  if (platform === "darwin") return [undefined, "Library", "Application Support"];
  return what === "state" ? ["XDG_STATE_HOME", ".local", "state"] : ["XDG_DATA_HOME", ".local", "share"];
}

// HOME may be empty in a container or a unit file. Then the system's list of users counts, in which a container's user often has no entry.
function homeDirectory(what: "state" | "key", variable: string | undefined): string {
  const { HOME } = process.env;
  // The system would say the same, by a module that takes longer to load.
  if (process.platform !== "win32" && HOME !== undefined && isAbsolute(HOME)) return HOME;
  const { homedir, userInfo } = process.getBuiltinModule("node:os");
  for (const find of [homedir, () => userInfo().homedir]) {
    try {
      const home = find();
      if (isAbsolute(home)) return home;
    } catch {
      // The next one may know.
    }
  }
  const field = what === "state" ? "directory" : "key";
  const give = what === "state" ? "directory an absolute path" : 'key: keyFile("/absolute/path")';
  throw new BrokerAuthError(
    "configuration",
    `${field}: this user has no home directory, so there is no default place`,
    {
      field,
      action: `Give ${give}, or set HOME${variable === undefined ? "" : ` or ${variable}`} to one.`,
    },
  );
}

/**
 * The one path that a store or a key file has from now on, whatever the working directory becomes.
 * @throws BrokerAuthError `configuration` for what is no path, `~`, which only a shell knows, and a relative path where the working directory is gone
 */
export function resolvePath(given: unknown, field: string): string {
  if (typeof given !== "string" || given === "") throw unclear(field, "must be a path, as text");
  if (/^~(?:[\\/]|$)/.test(given))
    throw unclear(field, "begins with ~, which only a shell replaces; write the whole path");
  try {
    return resolve(given);
  } catch {
    throw unclear(field, "is relative, and the working directory was removed; give an absolute path");
  }
}

function unclear(field: string, message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `${field}: ${message}`, { field });
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
    closeSync(openSync(path, "wx", 0o600));
    // Where the umask took more away. By path: under `node --permission` there is no fchmod. The directory is ours alone.
    chmodSync(path, 0o600);
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
      { cause, action: "Make it readable and writable for the user of this program, or choose another directory." },
    );
  }
}

function unusable(message: string): BrokerAuthError {
  return new BrokerAuthError("store_unavailable", message, {
    action: "Choose another directory for the store, or remove what stands there.",
  });
}
