import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { BrokerAuthError } from "@x/core";
import { type AgentPlaces, isOwnFolder, statOf } from "./agent-places.ts";
import { makePrivateFolder } from "../private-folder.ts";

// What a socket's address has room for on Linux; macOS has 103.
const longestPath = process.platform === "darwin" ? 103 : 107;

/** Makes the folder, for this user alone. @throws BrokerAuthError `configuration` for a path that is too long, and as below */
export function openAgentFolder(places: AgentPlaces): void {
  if (Buffer.byteLength(places.gateway) > longestPath)
    throw refused(
      `the path ${places.gateway} is too long for a socket (${longestPath} bytes)`,
      "Set XDG_RUNTIME_DIR to a shorter one.",
    );
  makePrivateFolder(dirname(places.folder));
  try {
    mkdirSync(places.folder, { mode: 0o700 });
    // Whatever the umask took away.
    chmodSync(places.folder, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  requireOwnFolder(places);
}

/**
 * Looks at the folder before anything in it is trusted: a socket that somebody planted would be told which accounts there are, and would answer
 * with headers of its own.
 * @throws BrokerAuthError `configuration` for a link, another owner, or rights for others
 */
export function requireOwnFolder({ folder }: AgentPlaces): void {
  const stat = statOf(folder);
  if (stat !== undefined && !isOwnFolder(stat))
    throw refused(
      `${folder} is not a folder of yours alone, so what lies in it is not trusted`,
      `Look who made it, then remove it or run chmod 700 ${folder}.`,
    );
}

function refused(message: string, action: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message, { field: "agent", action });
}
