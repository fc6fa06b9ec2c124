import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { BrokerAuthError } from "@x/core";

/** The agent's folder and what lies in it. */
export interface AgentPlaces {
  readonly folder: string;
  readonly socket: string;
  readonly gateway: string;
  /** Held by the agent that runs, and freed by the kernel when it dies. */
  readonly lock: string;
  /** Token of the HTTP port, and address of the gateway's port. */
  readonly token: string;
  readonly gatewayUrl: string;
}

// What a socket's address has room for on Linux; macOS has 103.
const longestPath = process.platform === "darwin" ? 103 : 107;

/** `$XDG_RUNTIME_DIR/broker-auth`, or `~/.local/state/broker-auth-agent`. */
export function agentPlaces(env: NodeJS.ProcessEnv = process.env): AgentPlaces {
  const { XDG_RUNTIME_DIR: runtime } = env;
  const folder =
    runtime !== undefined && isAbsolute(runtime)
      ? join(runtime, "broker-auth")
      : join(homedir(), ".local", "state", "broker-auth-agent");
  const at = (name: string): string => join(folder, name);
  return {
    folder,
    socket: at("agent.sock"),
    gateway: at("gateway.sock"),
    lock: at("agent.lock"),
    token: at("agent.token"),
    gatewayUrl: at("gateway.url"),
  };
}

/** Makes the folder, for this user alone. @throws BrokerAuthError `configuration` for a path that is too long, and as below */
export function openAgentFolder(places: AgentPlaces): void {
  if (Buffer.byteLength(places.gateway) > longestPath)
    throw refused(
      `the path ${places.gateway} is too long for a socket (${longestPath} bytes)`,
      "Set XDG_RUNTIME_DIR to a shorter one.",
    );
  mkdirSync(dirname(places.folder), { recursive: true, mode: 0o700 });
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
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const mine = process.geteuid === undefined || stat.uid === process.geteuid();
  if (!stat.isDirectory() || !mine || (process.platform !== "win32" && (stat.mode & 0o077) !== 0))
    throw refused(
      `${folder} is not a folder of yours alone, so what lies in it is not trusted`,
      `Look who made it, then remove it or run chmod 700 ${folder}.`,
    );
}

function refused(message: string, action: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message, { field: "agent", action });
}
