import { lstatSync, mkdirSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { homeDirectory } from "./home-directory.ts";

/**
 * Where compiled code may be kept: a folder that only this user can write to, because what lies there is run. Undefined where there is none;
 * then every start compiles anew.
 */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { XDG_CACHE_HOME: given, LOCALAPPDATA: local } = env;
  try {
    const base = process.platform === "win32" ? local : given !== undefined && isAbsolute(given) ? given : undefined;
    const folder = join(base ?? join(homeDirectory(), ".cache"), "broker-auth");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const stat = lstatSync(folder);
    const ours = process.geteuid === undefined || (stat.uid === process.geteuid() && (stat.mode & 0o022) === 0);
    return stat.isDirectory() && ours ? folder : undefined;
  } catch {
    return undefined;
  }
}
