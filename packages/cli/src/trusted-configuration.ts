import { statSync } from "node:fs";
import { dirname } from "node:path";
import { BrokerAuthError } from "@x/core";
import { configurationPath, isThere } from "./configuration-path.ts";

/**
 * The path of a configuration file that nobody else can change: it decides where credentials go.
 * @throws BrokerAuthError `configuration`
 */
export function trustedConfiguration(given: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const path = configurationPath(given, env);
  if (!isThere(path)) {
    throw new BrokerAuthError("configuration", `there is no configuration at ${path}`, {
      field: "configuration",
      action: "Run broker-auth init to write one, or name another file by --config or BROKER_AUTH_CONFIG.",
    });
  }
  for (const place of [path, dirname(path)]) {
    const others = whoElse(place);
    if (others !== undefined) {
      throw new BrokerAuthError("configuration", `${place} ${others}; it decides where credentials are sent`, {
        field: "configuration",
        action: `Run chmod go-w ${place}, and look at what it says before you go on.`,
      });
    }
  }
  return path;
}

function whoElse(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || process.geteuid === undefined) return undefined;
  if (stat.uid !== process.geteuid() && stat.uid !== 0) return "belongs to another user";
  // A folder for all, such as /tmp, lets nobody replace what belongs to others.
  const sticky = stat.isDirectory() && (stat.mode & 0o1000) !== 0;
  if ((stat.mode & 0o002) !== 0 && !sticky) return "can be changed by every user";
  // Where each user has a group of their own, files are made writable for it.
  if ((stat.mode & 0o020) !== 0 && stat.gid !== process.getegid?.() && stat.gid !== 0)
    return "can be changed by a group";
  return undefined;
}
