import { lstatSync, readdirSync, rmSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { homeDirectory } from "./home-directory.ts";
import { isOwn } from "./own-file.ts";
import { makePrivateFolder } from "./private-folder.ts";

/**
 * Where compiled code may be kept: a folder that only this user can write to, because what lies there is run. Undefined where there is none;
 * then every start compiles anew.
 */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { XDG_CACHE_HOME: given, LOCALAPPDATA: local } = env;
  try {
    const base = process.platform === "win32" ? local : given !== undefined && isAbsolute(given) ? given : undefined;
    const folder = join(base ?? join(homeDirectory(), ".cache"), "broker-auth");
    makePrivateFolder(folder);
    const stat = lstatSync(folder);
    return stat.isDirectory() && isOwn(stat) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Where Node itself keeps compiled code. It believes each file that lies there, so all of them are looked at, and thrown away where one is somebody
 * else's: it may have come while the folder was open to others.
 */
export function compiledFolder(cache: string): string | undefined {
  const folder = join(cache, "compiled");
  try {
    makePrivateFolder(folder);
    const names = ["", ...readdirSync(folder, { recursive: true, encoding: "utf8" })];
    if (names.every((name) => isOwn(lstatSync(join(folder, name))))) return folder;
    rmSync(folder, { recursive: true });
    makePrivateFolder(folder);
    return folder;
  } catch {
    return undefined;
  }
}
