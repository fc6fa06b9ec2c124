import { lstatSync, type Stats } from "node:fs";
import { isAbsolute, join } from "node:path";
import { homeDirectory } from "../home-directory.ts";

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

/** `$XDG_RUNTIME_DIR/broker-auth`, or `~/.local/state/broker-auth-agent`. */
export function agentPlaces(env: NodeJS.ProcessEnv = process.env): AgentPlaces {
  const { XDG_RUNTIME_DIR: runtime } = env;
  const folder =
    runtime !== undefined && isAbsolute(runtime)
      ? join(runtime, "broker-auth")
      : join(homeDirectory(), ".local", "state", "broker-auth-agent");
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

/** Whether a folder is this user's alone: a socket that somebody else planted would answer with headers of its own. */
export function isOwnFolder(stat: Stats): boolean {
  const mine = process.geteuid === undefined || stat.uid === process.geteuid();
  return stat.isDirectory() && mine && (process.platform === "win32" || (stat.mode & 0o077) === 0);
}

/** What is at a path, links not followed; undefined where there is nothing. */
export function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Whether there is a socket in a folder of this user's own. It may be a dead one. */
export function hasSocket({ folder, socket }: AgentPlaces): boolean {
  const stat = statOf(folder);
  return stat !== undefined && isOwnFolder(stat) && statOf(socket) !== undefined;
}
