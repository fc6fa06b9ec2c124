import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { BrokerAuthError, type TokenStore } from "@x/core";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";

/** The store in a folder of the demo: one SQLite file for all its processes, sealed with a key that lies beside it. */
export function openDeskStore(folder: string): TokenStore {
  // Beside the store the key protects against nothing but a look at the one file. Keep yours where no backup of the store goes.
  return encrypted(sqliteStore({ directory: join(folder, "store") }), keyFile(join(folder, "key", "store.key")));
}

/** The file in which the demo's sandbox keeps what it knows, so that a second run meets the sessions of the first. */
export function sandboxStateFile(folder: string): string {
  return join(folder, "sandbox.json");
}

/**
 * Where the demo keeps what outlives a run: the platform's place for a user's state, below it `broker-auth-demo`.
 * @throws BrokerAuthError `configuration` for a user without a home directory, who has no such place
 */
export function demoFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string {
  const name = "broker-auth-demo";
  if (platform === "win32") return join(env["LOCALAPPDATA"] || join(homeDirectory(), "AppData", "Local"), name);
  if (platform === "darwin") return join(homeDirectory(), "Library", "Application Support", name);
  return join(env["XDG_STATE_HOME"] || join(homeDirectory(), ".local", "state"), name);
}

function homeDirectory(): string {
  try {
    const home = homedir();
    if (isAbsolute(home)) return home;
  } catch {
    // A container's user is often not in the system's list.
  }
  const message = "--data: this user has no home directory; give a folder";
  throw new BrokerAuthError("configuration", message, { field: "--data" });
}
