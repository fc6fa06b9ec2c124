import { lstatSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { homeDirectory } from "./home-directory.ts";

const names = ["broker-auth.yaml", "broker-auth.yml", "broker-auth.json"] as const;

/**
 * The folder of the user's configuration: `$XDG_CONFIG_HOME/broker-auth` or `~/.config/broker-auth`, on Windows `%APPDATA%\broker-auth`. Never the
 * folder that the command is started in: a configuration says where credentials are sent, and a folder may have come from somewhere else.
 */
function configurationFolder(env: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CONFIG_HOME: given, APPDATA: roaming } = env;
  const set = process.platform === "win32" ? roaming : given;
  return join(set !== undefined && isAbsolute(set) ? set : join(homeDirectory(), ".config"), "broker-auth");
}

/** The file that is meant: the one that was named, or the one in the user's folder. It may not be there. */
export function configurationPath(given: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const named = given ?? env["BROKER_AUTH_CONFIG"];
  if (named !== undefined && named !== "") return resolve(named);
  const folder = configurationFolder(env);
  return names.map((name) => join(folder, name)).find(isThere) ?? join(folder, names[0]);
}

export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/**
 * What tells one state of a configuration, and of the places that go with it, from another: a program that took it on earlier answers for it only as
 * long as this is the same. Undefined where there is no configuration.
 */
export function configurationState(path: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const { HOME, XDG_STATE_HOME, XDG_DATA_HOME } = env;
  return JSON.stringify([path, `${stat.ino} ${stat.ctimeNs} ${stat.size}`, HOME, XDG_STATE_HOME, XDG_DATA_HOME]);
}
